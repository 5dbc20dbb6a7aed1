//! Packets that `skboutput()` writes to files: as many as were sent, and what was sent.

use std::{fs, net::UdpSocket, path::Path};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder},
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new("packets::are_those_sent", "root fentry", Guests::Sample, sent),
        Test::new(
            "packets::what_is_not_one_is_refused",
            "root fentry",
            Guests::Sample,
            refused,
        ),
        Test::new("packets::lost_ones_are_counted", "root fentry", Guests::All, lost),
        Test::new("packets::no_such_folder", "root fentry", Guests::All, no_folder),
    ]
}

/// Bytes of the headers of IP and UDP.
const HEADERS: usize = 28;
/// Packets of the test, each longer than the last.
const MANY: usize = 500;

/// What packet `number` says: a word that no other packet on this machine begins with, and more.
fn content(folder: &Folder, number: usize) -> Vec<u8> {
    let mut bytes = format!("{} {number:06}", folder.name()).into_bytes();
    bytes.extend((0..number * 3).map(|at| (at ^ number) as u8));
    bytes
}

/// A packet in a file: its time in nanoseconds, the length that it had, its bytes.
type Packet = (u64, usize, Vec<u8>);

/// Reads a file as `pcap-savefile(5)` describes it, of times in nanoseconds and `LINKTYPE_RAW`.
fn read(path: &Path) -> Result<Vec<Packet>, Failed> {
    let bytes = fs::read(path)?;
    let word = |at: usize| -> Result<usize, Failed> {
        let word = bytes.get(at..at + 4).ok_or("the file is cut")?;
        Ok(u32::from_le_bytes(word.try_into()?) as usize)
    };
    if word(0)? != 0xa1b2_3c4d || word(4)? != 0x0004_0002 || word(20)? != 101 {
        return Err(format!("{}: a header of another format", path.display()).into());
    }
    let (mut packets, mut at) = (Vec::new(), 24);
    while at < bytes.len() {
        let (taken, length) = (word(at + 8)?, word(at + 12)?);
        let moment = word(at)? as u64 * 1_000_000_000 + word(at + 4)? as u64;
        let of_packet = bytes.get(at + 16..at + 16 + taken).ok_or("a packet is cut")?;
        packets.push((moment, length, of_packet.to_vec()));
        at += 16 + taken;
    }
    Ok(packets)
}

/// A sender, and a receiver that does not wait for ever.
fn sockets() -> Result<(UdpSocket, UdpSocket), Failed> {
    let (from, to) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    to.set_read_timeout(Some(harness::patience()))?;
    Ok((from, to))
}

/// A predicate of `ip_rcv`: the datagrams to this socket, not what others send at the same time.
fn only_to(socket: &UdpSocket) -> Result<String, Failed> {
    let port = socket.local_addr()?.port().to_be();
    Ok(format!("((struct udphdr *)(args.skb.data + 20)).dest == {port}"))
}

/// The same packets whole, without their headers, and 9 bytes of these.
fn sent() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let file = |name: &str| folder.join(name);
    let [whole, content_only, cut] = ["whole", "content", "cut"].map(file);
    let (from, to) = sockets()?;
    let script = format!(
        "fentry:ip_rcv / {} / {{
            @results[skboutput(\"{}\", args.skb, args.skb.len, 0)] = count();
            skboutput(\"{}\", args.skb, args.skb.len, {HEADERS});
            $skb = args.skb; skboutput(\"{}\", $skb, 9, {HEADERS});
        }}",
        only_to(&to)?,
        whole.display(),
        content_only.display(),
        cut.display()
    );
    let mut hawk = harness::start(["-e", &script])?;
    hawk.attached()?;
    let (before, mut received) = (now()?, vec![0; 65_536]);
    for number in 0..MANY {
        from.send_to(&content(&folder, number), to.local_addr()?)?;
        // So that none is dropped before it has come.
        to.recv(&mut received)?;
    }
    let after = now()?;
    hawk.signal("INT")?;
    let outcome = hawk.finish()?.expect_code(0)?;
    let keys = outcome.stdout.lines().filter(|line| line.starts_with("@results["));
    let all = format!("@results[0]: {}", read(&whole)?.len());
    if !keys.eq([all]) || outcome.stderr != "Attached 1 probe\n" {
        return Err(outcome.wrong("not all went well"));
    }
    for (path, skipped, most) in
        [(whole, 0, 65_535), (content_only, HEADERS, 65_535), (cut, HEADERS, 9)]
    {
        let start = HEADERS - skipped;
        let mark = &content(&folder, 0)[..most.min(folder.name().len())];
        let own =
            |packet: &Packet| packet.2.get(start..).is_some_and(|it| it.starts_with(mark));
        let packets: Vec<_> = read(&path)?.into_iter().filter(own).collect();
        if packets.len() != MANY {
            return Err(format!("{}: {} packets", path.display(), packets.len()).into());
        }
        for (number, (moment, length, bytes)) in packets.iter().enumerate() {
            let wanted = content(&folder, number);
            let taken = &wanted[..most.min(wanted.len())];
            if &bytes[start..] != taken || *length != start + wanted.len() {
                return Err(format!("{}: packet {number} is another", path.display()).into());
            }
            // The clocks of programs and of user space differ by what happens between two readings.
            if !(before - SLACK..after + SLACK).contains(moment) {
                return Err(format!("packet {number}: {moment}, {before} to {after}").into());
            }
        }
    }
    Ok(())
}

/// Nanoseconds by which the time of a packet may differ.
const SLACK: u64 = 1_000_000_000;

fn now() -> Result<u64, Failed> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(since.as_nanos() as u64)
}

/// A reader that is stopped while packets come that need more room than there is.
fn lost() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let file = folder.join("packets");
    let (from, to) = sockets()?;
    let script = format!(
        "fentry:ip_rcv / {} / {{ if (skboutput(\"{}\", args.skb) < 0) {{ @lost = count(); }} @all = count(); }}",
        only_to(&to)?,
        file.display()
    );
    let mut hawk = harness::start(["-f", "json", "-e", &script])?;
    hawk.until(harness::Stream::Out, "attached_probes")?;
    hawk.signal("STOP")?;
    let mut packet = vec![7; 60_000];
    // There is one for each CPU, whichever of them this test may run on.
    let rings = runtime::online_cpus().len();
    for _ in 0..60 * rings {
        from.send_to(&packet, to.local_addr()?)?;
        to.recv(&mut packet)?;
    }
    hawk.signal("CONT")?;
    hawk.signal("INT")?;
    let outcome = hawk.finish()?.expect_code(0)?;
    let objects = outcome.stdout.lines().filter_map(|it| serde_json::from_str(it).ok());
    let objects: Vec<serde_json::Value> = objects.collect();
    let of_map = |name: &str| objects.iter().find_map(|it| it["data"][name].as_u64());
    let of_ledger = objects.iter().find(|it| it["type"] == "ledger").map(|it| &it["data"][0]);
    let Some(line) = of_ledger.filter(|it| it["lost"] == "ring_full") else {
        return Err(outcome.wrong("the ledger does not say so"));
    };
    let (all, lost, written) = (of_map("@all"), of_map("@lost"), read(&file)?.len() as u64);
    if lost.is_none() || lost != line["count"].as_u64() || all != lost.map(|it| it + written) {
        return Err(outcome.wrong(&format!("{written} written")));
    }
    Ok(())
}

/// A number that is called a packet: the kernel copies only what the function is given.
fn refused() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let file = folder.join("none");
    let packet = "(struct sk_buff *)(args.skb.len * 8)";
    let script = format!("fentry:ip_rcv {{ skboutput(\"{}\", {packet}, 9); }}", file.display());
    let outcome = harness::run(["-e", &script])?.expect_code(255)?;
    let says =
        outcome.stderr.contains("verifier refused") && outcome.stderr.contains("skboutput");
    if says && !file.exists() {
        return Ok(());
    }
    Err(outcome.wrong("not refused"))
}

fn no_folder() -> Result<(), Failed> {
    let script = "fentry:ip_rcv { skboutput(\"/no/such/folder/in.pcap\", args.skb, 9); }";
    let outcome = harness::run(["-e", script])?.expect_code(1)?;
    if outcome.stderr.contains("/no/such/folder/in.pcap: No such file") {
        return Ok(());
    }
    Err(outcome.wrong("it does not say so"))
}
