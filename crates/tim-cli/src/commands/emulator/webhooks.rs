//! The receivers of webhooks on the command line.

use std::path::Path;

use tim_emulator::{Builder, Webhook};

use super::EmulatorArgs;
use crate::bounded;
use crate::exit::Failure;
use crate::settings::key_file;

/// Adds a receiver for each URL. All have the same options.
pub(super) fn with_webhooks(args: &EmulatorArgs, mut builder: Builder) -> Result<Builder, Failure> {
    let token = args.webhook_token_file.as_deref().map(key_file).transpose()?;
    let roots = args.webhook_ca.as_deref().map(root_certificates).transpose()?;
    for url in &args.webhooks {
        let mut webhook = Webhook::to(url)
            .retries(args.webhook_retries)
            .retry_interval(args.webhook_retry_interval)
            .retry_on_broken_connections(args.webhook_retry_broken)
            .retry_on_bad_responses(args.webhook_retry_bad_responses);
        if let Some(webhooks) = args.webhook_max_waiting {
            webhook = webhook.max_waiting(webhooks);
        }
        if let Some(pem) = &roots {
            webhook = webhook.root_certificates(pem);
        }
        if !args.webhook_events.is_empty() {
            webhook = webhook.events(&args.webhook_events);
        }
        builder = builder.webhook(match &token {
            Some(token) => webhook.token(token.expose()),
            None => webhook,
        });
    }
    Ok(builder)
}

/// Reads a file with certificates in PEM. The emulator checks each certificate.
fn root_certificates(path: &Path) -> Result<String, Failure> {
    let invalid = |problem: &str| Failure::usage(format!("--webhook-ca: cannot use {}: {problem}", path.display()));
    let text = bounded::file(path).map_err(|error| invalid(&error.to_string()))?;
    match text.contains("-----BEGIN CERTIFICATE-----") {
        true => Ok(text),
        false => Err(invalid("it has no line `-----BEGIN CERTIFICATE-----`, so it is not a certificate in PEM")),
    }
}
