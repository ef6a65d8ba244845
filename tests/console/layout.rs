//! The layout of each view in three widths and both themes, and its accessibility.

use std::path::Path;

use serde_json::json;

use crate::browser::Browser;
use crate::scene::{PLACES, Place, Scene};

const WIDTHS: [u32; 3] = [360, 800, 1920];
const THEMES: [&str; 2] = ["light", "dark"];

/// An expression for what is wrong with the layout of the page.
const PROBLEMS: &str = "(() => {
    const page = document.documentElement;
    const main = document.querySelector('main');
    const dialog = document.querySelector('dialog[open]');
    const seen = (css) => [...document.querySelectorAll(css)].filter((e) => e.getClientRects().length);
    const name = (e) => e.outerHTML.slice(0, 150);
    const end = main.getBoundingClientRect().bottom + scrollY;
    const scrolls = (e) => e.scrollHeight > e.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(e).overflowY);
    const outside = (e) => e.getBoundingClientRect().left < -1 || e.getBoundingClientRect().right > innerWidth + 1;
    const controls = 'button, input, select, textarea, summary, td, th, pre, dd, h2, main a, nav a, svg text, dialog';
    return [
        ...(page.scrollWidth > innerWidth ? [`${page.scrollWidth} pixels wide`] : []),
        ...(page.scrollHeight > Math.max(innerHeight, end + 40) ? [`${page.scrollHeight - end} pixels below main`] : []),
        ...(dialog && dialog.scrollWidth > dialog.clientWidth ? ['the dialog scrolls to the side'] : []),
        ...seen('main *').filter(scrolls).map((e) => `scrolls: ${name(e)}`),
        ...seen(controls).filter((e) => !e.closest('.unseen') && outside(e)).map((e) => `outside: ${name(e)}`),
    ];
})()";

fn show(page: &Browser, (_, address, ready, clicks): &Place) {
    page.go(address);
    page.wait(&format!("document.querySelector({ready:?})"));
    for css in *clicks {
        page.click(css);
    }
}

#[test]
fn each_view_fits_in_each_window_and_is_accessible() {
    let scene = Scene::start();
    let page = Browser::without_policy(&scene.emulator, "/", 1400);
    let mut problems = Vec::new();
    for place in PLACES {
        show(&page, place);
        for width in WIDTHS {
            page.resize(width);
            page.draw();
            let layout = page.eval(PROBLEMS);
            if layout != json!([]) {
                problems.push(format!("{} at {width}: {layout:#}", place.0));
            }
            for theme in THEMES {
                page.theme(theme);
                page.draw();
                let found = page.violations();
                if found != json!([]) {
                    problems.push(format!("{} at {width}, {theme}: {found:#}", place.0));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    page.assert_no_errors();
}

#[test]
fn a_long_page_scrolls_as_a_whole() {
    let scene = Scene::start();
    let page = Browser::open(&scene.emulator, "/faults", 360);
    page.wait("document.querySelector('.quirks .setting')");
    page.draw();
    assert_eq!(page.eval("document.documentElement.scrollHeight > innerHeight"), true);
    page.eval("(scrollTo(0, 1e6), 1)");
    page.wait("scrollY > 0 && Math.abs(scrollY + innerHeight - document.documentElement.scrollHeight) < 2");
    page.assert_no_errors();
}

/// Writes the pictures that `cargo xtask console --screenshots DIRECTORY` makes.
#[test]
#[ignore = "writes pictures"]
fn screenshots_of_every_view() {
    let directory = std::env::var("TIM_SCREENSHOTS").expect("`cargo xtask console --screenshots` sets TIM_SCREENSHOTS");
    let scene = Scene::start();
    let page = Browser::open(&scene.emulator, "/", 1400);
    for place in PLACES {
        show(&page, place);
        for width in WIDTHS {
            page.resize(width);
            for theme in THEMES {
                page.theme(theme);
                page.draw();
                page.screenshot(&Path::new(&directory).join(format!("{}-{width}-{theme}.png", place.0)));
            }
        }
    }
}

/// The checks of this file find these defects.
#[test]
fn a_broken_layout_is_found() {
    let scene = Scene::start();
    let page = Browser::open(&scene.emulator, "/state", 800);
    page.wait("document.querySelector('#snapshots tr')");
    for (change, problem) in [
        ("main.style.minWidth = '801px'", "pixels wide"),
        ("document.body.style.minHeight = '5000px'", "pixels below main"),
        ("main.querySelector('section').style = 'height: 60px; overflow: auto'", "scrolls: <section"),
        ("main.querySelector('button').style = 'position: fixed; left: -20px'", "outside: <button"),
    ] {
        page.reload();
        page.wait("document.querySelector('#snapshots tr')");
        page.draw();
        assert_eq!(page.eval(PROBLEMS), json!([]));
        page.eval(&format!("((main) => {{ {change}; return 1; }})(document.querySelector('main'))"));
        page.draw();
        let problems = page.eval(PROBLEMS).to_string();
        assert!(problems.contains(problem), "{change}: {problems}");
    }
}
