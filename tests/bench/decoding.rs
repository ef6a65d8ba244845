//! Decodes responses, and compares with `serde_json::from_slice` into flat structs.

use std::hint::black_box;

use tim_types::{Response, follow};

use crate::compare;
use crate::wire::{Checked, Listed, check_response, list_response};

const GATE: f64 = 0.90;

pub(crate) fn run() -> bool {
    let check = check_response(100).into_bytes();
    let check = compare(
        "decode a response of 100 targets",
        GATE,
        5000,
        || (0..5000).for_each(|_| drop(black_box(serde_json::from_slice::<Checked>(black_box(&check)).unwrap()))),
        || {
            (0..5000)
                .for_each(|_| drop(black_box(Response::<follow::CheckResponse>::decode(black_box(&check)).unwrap())))
        },
    );
    let list = list_response(1000).into_bytes();
    let list = compare(
        "decode a page of 1000 profiles",
        GATE,
        100,
        || (0..100).for_each(|_| drop(black_box(serde_json::from_slice::<Listed>(black_box(&list)).unwrap()))),
        || (0..100).for_each(|_| drop(black_box(Response::<follow::ListResponse>::decode(black_box(&list)).unwrap()))),
    );
    check && list
}
