//! Bytes that are no text are refused with a message that can be shown.

use diag::{Code, SourceId, Sources};

#[test]
fn text_passes_through() {
    assert_eq!(grammar::decode(SourceId(0), b"begin { }".to_vec()).as_deref(), Ok("begin { }"));
}

#[test]
fn other_bytes_are_pointed_at() {
    for (bytes, start) in
        [(&b"begin { \xff }"[..], 8), (b"\x7fELF\x02\x01\x01\0\0\0", 7), (b"\xfe\xff", 0)]
    {
        let refused = grammar::decode(SourceId(0), bytes.to_vec()).expect_err("not text");
        assert_eq!(refused.problem.code, Code::NotText);
        assert_eq!(refused.problem.primary.span.start, start);
        let sources = Sources::new("x", refused.text.clone());
        assert!(diag::render(&refused.problem, &sources, false).contains("not UTF-8"));
    }
}
