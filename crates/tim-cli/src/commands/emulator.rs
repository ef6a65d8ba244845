//! `tim emulator`: runs a local service until a signal stops it.

pub(crate) mod announcement;
mod args;
mod assignments;
mod call_line;
mod demo_data;
mod failure;
mod root_file;
mod stdin;
mod webhooks;

pub(crate) use args::{EmulatorArgs, HELP};

use tim_emulator::{Builder, Emulator, Quirks, RateLimit, RelationLimits, SdkAppId, Window};

use announcement::{Announcement, Users};
use assignments::close_stdout;
use call_line::Printer;
use root_file::RootFile;
use webhooks::with_webhooks;

use crate::exit::{ExitStatus, Failure};
use crate::output::{Output, note};
use crate::run::interrupt::Interrupt;
use crate::run::session::Session;
use crate::settings::key_file;

pub(crate) async fn run(args: EmulatorArgs, session: &Session, out: &mut Output) -> Result<ExitStatus, Failure> {
    if !args.listen.ip().is_loopback() {
        note("tim: warning: others on the network can reach this emulator, and read all its data");
    }
    // From here on, a signal ends the program in order.
    let mut stop = Interrupt::new().map_err(Failure::system)?;
    let (printer, on_call) = session.verbose.then(Printer::start).unzip();
    let mut builder = builder(&args)?.on_problem(|problem| note(format_args!("tim: warning: {problem}")));
    if let Some(on_call) = on_call {
        builder = builder.on_call(on_call);
    }
    let emulator = builder.start().await?;
    args.faults.iter().try_for_each(|fault| emulator.faults().add(fault.clone()).map(drop))?;
    let users = add_users(&args, session, &emulator)?;
    let root = emulator.root_certificate_pem().map(|pem| RootFile::write(args.tls_root.as_deref(), pem)).transpose()?;
    let root = root.as_ref().map(RootFile::path);
    let announcement = Announcement::new(&emulator, args.secret_key_file.as_deref(), root);
    announcement.print(args.env, out)?;
    if args.env.is_some() {
        close_stdout()?;
    }
    if !session.quiet {
        announcement.explain(users, args.env.is_some(), session.verbose);
    }
    wait_for_the_end(&mut stop, args.until_stdin_closes).await?;
    let stopped = emulator.stop();
    if let Some(printer) = printer {
        printer.finish();
    }
    stopped?;
    Ok(ExitStatus::Done)
}

/// Waits for a signal, or also for the end of standard input.
async fn wait_for_the_end(stop: &mut Interrupt, until_stdin_closes: bool) -> Result<(), Failure> {
    if !until_stdin_closes {
        stop.next().await;
        return Ok(());
    }
    let closed = stdin::closed().map_err(Failure::system)?;
    tokio::select! {
        () = stop.next() => {}
        () = closed => {}
    }
    Ok(())
}

/// Adds the demo data if the flag is set. Returns which users there are besides the admins.
fn add_users(args: &EmulatorArgs, session: &Session, emulator: &Emulator) -> Result<Users, Failure> {
    let admins = args.admins.len().max(1) as u64;
    if args.demo_data {
        let is_added = demo_data::add(emulator, admins)?;
        if !session.quiet {
            note(if is_added { demo_data::ADDED } else { demo_data::NOT_ADDED });
        }
        if is_added {
            return Ok(Users::Demo);
        }
    }
    Ok(if emulator.state().totals()?.accounts > admins { Users::Other } else { Users::None })
}

fn builder(args: &EmulatorArgs) -> Result<Builder, Failure> {
    let (mut quirks, mut limits) = (Quirks::default(), RelationLimits::default());
    args.quirks.iter().try_for_each(|(name, on)| quirks.set(name, *on))?;
    args.limits.iter().try_for_each(|(name, limit)| limits.set(name, *limit))?;
    let mut builder = Emulator::builder()
        .listen(args.listen)
        .quirks(quirks)
        .relation_limits(limits)
        .follow_feature(!args.no_follow_feature)
        .seed(args.seed);
    if let Some(file) = &args.data {
        builder = builder.data(file);
    }
    if let Some(file) = &args.import {
        builder = builder.import(file);
    }
    if let Some(file) = &args.export_on_exit {
        builder = builder.export_on_exit(file);
    }
    if let Some(region) = args.region {
        builder = builder.region(region);
    }
    if let Some(calls_per_second) = args.calls_per_second {
        let window = args.window.unwrap_or(Window::Fixed);
        builder = builder.rate_limit(RateLimit { calls_per_second, window });
    }
    if let Some(calls) = args.calls_per_day {
        builder = builder.calls_per_day(calls);
    }
    if let Some(calls) = args.recorded_calls {
        builder = builder.recorded_calls(calls);
    }
    if let Some(bytes) = args.recorded_bytes {
        builder = builder.recorded_bytes(bytes);
    }
    if let Some(number) = args.app_id {
        builder = builder.app_id(SdkAppId(number));
    }
    if let Some(path) = &args.secret_key_file {
        builder = builder.secret_key(key_file(path)?);
    }
    builder = args.admins.iter().fold(builder, Builder::admin);
    if args.tls {
        builder = args.tls_names.iter().fold(builder.tls(), Builder::tls_name);
    }
    with_webhooks(args, builder)
}
