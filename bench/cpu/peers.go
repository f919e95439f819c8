package cpu

import (
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
)

// Peers are the servers of the table of peers, the node last. Those that are not installed are skipped.
var Peers = []string{"redis", "valkey", "memcached", "pogocache", "cachegopher"}

// peerWorks are the rows of the table of peers: what services do with a cache. In most of them the load reads every reply,
// compares it, and sends a request for each, as clients do. That costs the generator more than batches, and a server may have to
// wait for it: the table says how busy it was.
var peerWorks = []work{
	{"1deep-32", "1 deep, 32 connections, 1M x 64 B", 1_000_000, 64, 32, 1, mixed, 0.95, load.Reader{}, checked},
	{"1deep-01", "1 deep, 1 connection, 1M x 64 B", 1_000_000, 64, 1, 1, mixed, 0.95, load.Reader{}, checked},
	{"16deep", "16 deep, 1M x 64 B", 1_000_000, 64, 32, 16, mixed, 0.75, load.Reader{}, checked},
	{"64deep", "64 deep, 1M x 64 B", 1_000_000, 64, 32, 64, mixed, 0.55, load.Reader{}, checked},
	{"set-64deep", "64 deep, SET, 1M x 64 B", 1_000_000, 64, 32, 64, sets, 0.55, load.Reader{}, checked},
	{"64deep-10M", "64 deep, 10M x 32 B", 10_000_000, 32, 32, 64, mixed, 0.45, load.Reader{}, checked},
	{"1KB", "1 deep, 200k x 1 KB", 200_000, 1 << 10, 32, 1, mixed, 0.95, load.Reader{}, checked},
	{"60KB-get-01", "GET 60 KB, 1 deep", 5_000, 60_000, 32, 1, gets, 0.85, load.Reader{}, checked},
	{"60KB-get-04", "GET 60 KB, 4 deep", 5_000, 60_000, 32, 4, gets, 0.85, load.Reader{}, checked},
	{"60KB-get-16", "GET 60 KB, 16 deep", 5_000, 60_000, 32, 16, gets, 0.85, load.Reader{}, checked},
	{"60KB-fast", "GET 60 KB, 16 deep, clients that drop what they read", 5_000, 60_000, 32, 16, gets, 0.85, load.Reader{}, batches},
	{"60KB-slow-size", "GET 60 KB, 16 deep, 4 connections, reads of 4 KB", 1_000, 60_000, 4, 16, gets, 0.85, load.Reader{Size: 4 << 10}, batches},
	{"60KB-slow-pause", "GET 60 KB, 16 deep, 4 connections, a pause of 1 ms after each 64 KB", 1_000, 60_000, 4, 16, gets, 0.85, load.Reader{Size: 64 << 10, Pause: load.Pause{Reads: 1, For: time.Millisecond}}, batches},
	{"60KB-slow-buffer", "GET 60 KB, 16 deep, 4 connections, receive buffers of 8 KB", 1_000, 60_000, 4, 16, gets, 0.85, load.Reader{Buffer: 8 << 10}, batches},
	{"60KB-set-01", "SET 60 KB, 1 deep", 1_000, 60_000, 32, 1, sets, 0.90, load.Reader{}, batches},
	{"60KB-set-16", "SET 60 KB, 16 deep", 1_000, 60_000, 32, 16, sets, 0.90, load.Reader{}, batches},
	{"rate-50k", "50,000/s over 64 connections", 1_000_000, 64, 64, 16, mixed, 0, load.Reader{}, 50_000},
	{"rate-2k", "2,000/s over 1 connection", 1_000_000, 64, 1, 16, mixed, 0, load.Reader{}, 2_000},
}

// frugal are the rows whose servers' memory is shown, and the wanted bytes of an entry beside key and value.
var frugal = map[string]float64{"64deep-10M": 26, "1deep-32": 34}

// pictured are the rows of the picture, which has room for short names.
var pictured = []string{"1deep-32", "1deep-01", "16deep", "64deep", "set-64deep", "64deep-10M", "1KB", "60KB-get-01", "60KB-get-16", "60KB-set-16"}
