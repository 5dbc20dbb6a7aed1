//! Tests of words about sockets, in a network of the traced program's own.

use libtest_mimic::Failed;

use crate::{Guests, Test, harness};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root tracepoint btf programs";
    vec![Test::new("sockets::cookies_are_the_kernels", needs, Guests::All, cookies)]
}

/// The program prints what the kernel tells it, by `SO_COOKIE`, of both ends of a connection.
fn cookies() -> Result<(), Failed> {
    let program = harness::programs().join("words_target");
    let command = format!("{} stream", program.display());
    let script = "tracepoint:sock:inet_sock_set_state {
        printf(\"cookie %d\\n\", socket_cookie(args.skaddr));
    }";
    let outcome = harness::run(["-q", "--follow", "-e", script, "-c", &command])?;
    let outcome = outcome.expect_code(0)?;
    let told = outcome.stdout.lines().find(|line| line.split(' ').all(is_number));
    let told: Vec<_> = told.ok_or_else(|| outcome.wrong("nothing told"))?.split(' ').collect();
    let seen: Vec<_> =
        outcome.stdout.lines().filter_map(|line| line.strip_prefix("cookie ")).collect();
    if told.len() == 2 && told.iter().all(|cookie| seen.contains(cookie)) {
        return Ok(());
    }
    Err(outcome.wrong("a cookie is missing"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
