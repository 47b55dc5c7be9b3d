//! A made-up campaign with one of everything that the format allows.

use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A host name that harms whoever does not escape it.
pub const HOSTILE: &str = "a\"; rm -rf ~ #\\write18{x}<script>";
/// The hosts of the ring, in order.
pub const HOSTS: [&str; 3] = ["ada", "bob", HOSTILE];

/// The host after the numbered one.
pub fn next(number: usize) -> &'static str {
    HOSTS[(number + 1) % HOSTS.len()]
}

/// One iperf3 report with both directions; rates in Mbit/s.
pub fn iperf3(forward: f64, reverse: f64) -> Value {
    let sum = |rate: f64, sender: bool| json!({"start": 0, "end": 10.5, "seconds": 10.5, "bytes": (rate * 1e6 / 8.0 * 10.5).round(), "bits_per_second": rate * 1e6, "retransmits": 3, "sender": sender});
    let intervals: Vec<Value> = (0..10)
        .map(|second| {
            let part = |rate: f64, sender: bool| json!({"socket": 5, "start": second, "end": second + 1, "seconds": 1, "bytes": (rate * 1e6 / 8.0) as u64, "bits_per_second": rate * 1e6, "retransmits": 0, "snd_cwnd": 90000, "snd_wnd": 64256, "rtt": 1500, "rttvar": 10, "pmtu": 1400, "omitted": false, "sender": sender});
            json!({"streams": [part(forward, true), part(reverse, false)], "sum": part(forward, true), "sum_bidir_reverse": part(reverse, false)})
        })
        .collect();
    json!({
        "start": {"version": "iperf 3.20", "system_info": "Linux ada 6.12.0 x86_64", "timestamp": {"timesecs": 1_700_000_000, "timemillisecs": 1_700_000_000_250_u64},
                  "tcp_mss_default": 1348, "sock_bufsize": 0, "sndbuf_actual": 16384, "rcvbuf_actual": 131_072, "test_start": {"protocol": "TCP", "num_streams": 1, "blksize": 131072, "duration": 10, "bidir": 1, "reverse": 0}},
        "intervals": intervals,
        "end": {"sum_sent": sum(forward, true), "sum_received": sum(forward, true), "sum_sent_bidir_reverse": sum(reverse, false), "sum_received_bidir_reverse": sum(reverse, false),
                "cpu_utilization_percent": {"host_total": 7.5, "host_user": 2.5, "host_system": 5.0, "remote_total": 12.5, "remote_user": 4.5, "remote_system": 8.0}, "sender_tcp_congestion": "cubic"}
    })
}

fn meta(number: usize, attempts: u32) -> Value {
    json!({"duration_seconds": 61.5, "test_attempts": attempts, "vpn_restart_attempts": 0, "source": HOSTS[number], "target": next(number)})
}

/// A successful result.
pub fn success(number: usize, attempts: u32, data: Value) -> Value {
    json!({"status": "success", "data": data, "meta": meta(number, attempts)})
}

/// A command that failed with this output.
pub fn failure(number: usize, stdout: &str, returncode: i64) -> Value {
    json!({"status": "error", "error_type": "CmdOut", "meta": meta(number, 3),
           "error": {"stdout": stdout, "stderr": "Warning: Permanently added\nexport IPERF3_PASSWORD=hunter22", "returncode": returncode}})
}

/// A command stopped at its limit.
pub fn timeout(number: usize, limit: f64) -> Value {
    json!({"status": "error", "error_type": "CmdOut", "timeout": limit, "meta": meta(number, 1),
           "error": {"stdout": "", "stderr": "", "returncode": -1, "msg": format!("Command timed out after {limit} seconds")}})
}

/// Five numbers around a mean.
pub fn five(mean: f64) -> Value {
    json!({"min": mean * 0.5, "average": mean, "max": mean * 2.0, "percentiles": {"p25": mean * 0.75, "p50": mean, "p75": mean * 1.25}})
}

fn ping(mean_ms: f64, worst_loss: f64) -> Value {
    json!({"rtt_min_ms": five(mean_ms), "rtt_avg_ms": five(mean_ms), "rtt_max_ms": five(mean_ms), "rtt_mdev_ms": five(mean_ms / 10.0),
           "packet_loss_percent": {"min": 0.0, "average": worst_loss / 3.0, "max": worst_loss, "percentiles": {"p25": 0.0, "p50": 0.0, "p75": worst_loss}}})
}

fn put(path: &Path, value: &Value) {
    put_text(path, &serde_json::to_string_pretty(value).expect("a value"));
}

fn put_text(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

/// Writes the campaign: `Internal` and `Tinc`, `baseline` and `medium_impairment`. Everything runs in
/// `Internal`; `Tinc` has one of each way to fail.
pub fn write(root: &Path) {
    for system in ["Internal", "Tinc"] {
        let folder = root.join(system);
        let layout: Vec<Value> =
            HOSTS.iter().map(|host| json!({"cmachine": {"name": host}, "vpn_ip": "fd00::1"})).collect();
        put(&folder.join("layout.json"), &Value::Array(layout));
        for profile in ["baseline", "medium_impairment"] {
            write_profile(&folder.join(profile), system, profile);
        }
    }
    put(
        &root.join("General/hardware.json"),
        &json!({"status": "success", "data": {"machines": [
            {"machine_name": "ada", "cpu": {"cores": 4, "features": ["aes", "avx"], "governor": "cat: /sys/scaling_governor: No such file or directory"},
             "network_interfaces": [{"name": "lo", "kind": "loopback"}, {"name": "eth0", "kind": "ethernet"}]},
            {"machine_name": "bob", "cpu": {"governor": "performance"},
             "network_interfaces": [{"name": "eth0", "kind": "ethernet"}, {"name": "lo", "kind": "loopback"}]}]}}),
    );
    put(&root.join("General/comparison/baseline/ping.json"), &json!({"an": "aggregate"}));
    put_text(&root.join("Tinc/notes.txt"), "somebody's notes");
}

fn write_profile(folder: &Path, system: &str, profile: &str) {
    let impaired = profile != "baseline";
    let settings = if impaired {
        json!({"latency_ms": 8, "jitter_ms": 14, "packet_loss_percent": 2.0, "reorder_percent": 5.0, "reorder_correlation": 50.0, "bandwidth_mbit": null})
    } else {
        Value::Null
    };
    put(&folder.join("tc_settings.json"), &json!({"alias": profile, "settings": settings}));
    let operation = |name: &str, took: f64| json!({"name": name, "duration_seconds": took, "start_timestamp": 1_765_452_883.5, "success": true});
    put(
        &folder.join("timing_breakdown.json"),
        &json!({"vpn_name": system, "total_duration_seconds": 2698.1, "start_timestamp": 1_765_452_883.5, "phases": [
            {"phase": "vpn_installation", "duration_seconds": 348.5, "start_timestamp": 1_765_452_883.5,
             "operations": [operation("deploy_vpn_machines", 49.9), operation("reboot_connection_timings", 170.9)]},
            {"phase": "benchmarking", "duration_seconds": 2349.5, "start_timestamp": 1_765_453_232.1, "operations": [operation("run_tests", 2317.8)],
             "metadata": {"profile": profile}}]}),
    );
    let broken = system == "Tinc" && impaired;
    for (number, host) in HOSTS.iter().enumerate() {
        // A host's name is a folder's name here, so it cannot hold a slash; nothing else is safe.
        let link = folder.join(format!("{number}_{host}"));
        let rate = if impaired { 20.0 } else { 900.0 } + number as f64;
        let truncated = iperf3(1.0, 1.0).to_string();
        let tcp = match (broken, number) {
            (true, 0) => success(number, 1, iperf3(0.0, 0.0)),
            (true, 1) => success(number, 3, iperf3(rate, rate)),
            (true, _) => failure(number, &format!("banner\n{}", &truncated[..truncated.len() / 2]), 1),
            _ => success(number, 1, iperf3(rate, rate / 2.0)),
        };
        put(&link.join("tcp_iperf3.json"), &tcp);
        let error = json!({"start": {"version": "iperf 3.20"}, "intervals": [], "end": {}, "error": "unable to read from stream socket: Resource temporarily unavailable"});
        if broken {
            let udp = if number == 0 { timeout(number, 120.0) } else { failure(number, &error.to_string(), 1) };
            put(&link.join("udp_iperf3.json"), &udp);
        } else {
            put(&link.join("udp_iperf3.json"), &failure(number, &error.to_string(), 1));
        }
        if !(broken && number == 2) {
            put(&link.join("ping.json"), &success(number, 1, ping(1.5, if broken { 100.0 } else { 0.0 })));
        }
        let qperf = json!({"total_bandwidth_mbps": five(rate), "cpu_usage_percent": five(2.0), "ttfb_ms": five(20.0), "conn_time_ms": five(10.0)});
        if broken && number == 0 {
            put_text(&link.join("qperf.json"), &success(number, 1, qperf).to_string().replace("20.0", "NaN"));
        } else if broken {
            put(
                &link.join("qperf.json"),
                &json!({"status": "error", "error_type": "ClanError", "error": {"description": "list index out of range", "msg": "Unexpected"}, "meta": {"test_attempts": 3}}),
            );
        } else {
            put(&link.join("qperf.json"), &success(number, 1, qperf));
        }
        let encoding = json!({"bitrate_kbps": five(3350.0), "fps": five(30.0), "dropped_frames": five(0.0)});
        let lost = if broken { 65_500.0 } else { 2.0 };
        let network = json!({"packets_dropped": five(lost), "packets_recovered": five(1.0), "rtt_ms": five(1.0), "quality": five(50.0), "bitrate_bps": five(3.2e6)});
        let stream = if impaired { json!({"encoding": encoding, "network": network}) } else { encoding };
        put(&link.join("rist_stream.json"), &success(number, 1, stream));
        let download = json!({"results": [{"command": "nix copy", "mean": 9.0, "user": 1.0, "system": 0.5, "times": [8.0 + number as f64, 10.0], "exit_codes": [0, 0]}]});
        put(&link.join("nix_cache.json"), &if broken { timeout(number, 700.0) } else { success(number, 1, download) });
        if system != "Internal" {
            put(&link.join("connection_timings.json"), &connections(number, broken));
        }
    }
    let pair = |number: usize| match (broken, number) {
        (true, 0) => json!({"source": HOSTS[number], "target": next(number), "error_type": "ClanCmdTimeoutError",
                             "error": "==== Command ====\nssh\n==== Stderr ====\n\nReturn Code: -1\n\nError Msg:  Command timed out after 250 seconds\n"}),
        _ => json!({"source": HOSTS[number], "target": next(number), "result": iperf3(300.0, 200.0)}),
    };
    let parallel = json!({"status": "success", "data": {"pairs": [pair(2), pair(0), pair(1)]}, "meta": {"duration_seconds": 61.0, "test_attempts": 1}});
    put(&folder.join("parallel_tcp_iperf3.json"), &parallel);
}

fn connections(number: usize, gave_up: bool) -> Value {
    let peers = HOSTS.iter().enumerate().filter(|(peer, _)| *peer != number).map(|(_, host)| *host);
    let answer = |seconds: &str, ok: bool| json!({"time_took": seconds, "attempt": if ok { 2 } else { 300 }, "status": if ok { "success" } else { "failed" }});
    let answers = |gate: &str, seconds: &str, ok: bool| -> Value {
        Value::Object(peers.clone().map(|host| (format!("{gate}.{host}"), answer(seconds, ok))).collect())
    };
    json!({"started": "2025-12-11T11:37:36.815287+00:00", "public_ips": {}, "public_results": answers("v4", "0:00:00.25", true),
           "vpn_ips": {}, "vpn_results": answers("vpn", if gave_up { "0:05:00" } else { "0:00:01.5" }, !gave_up)})
}
