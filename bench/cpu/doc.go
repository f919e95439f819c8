// Package cpu measures the CPU per request of servers, side by side. It is the section cpu of cachegopher-bench.
//
// A row of its tables is measured as follows:
//
//   - Every server runs on one core with one event loop; this process generates the load on another core. All servers
//     of a row are started and filled first, then measured in turn, round after round, while the others are idle.
//     Figures are medians over the rounds; a ratio is the median of the per-round ratios to the first server.
//   - "Others" is the share of both cores that other processes used meanwhile: their CPU is not counted, but they
//     evict from the processor's caches. Keep it near 0%.
//   - CPU is user and system time of the server's process, read from its CPU clock right before and after the load.
//     The server counts the requests: total_commands_processed of INFO, or cmd_get and cmd_set of memcached. For
//     Pogocache, which has no such counter, the load does.
//   - Each connection draws its own keys, uniformly over all keys, so that connections do not request the same keys at
//     the same time. Every GET hits; a miss fails the row.
//   - The load is batches (load.Plan.Batch), which cost the generator less than they cost the servers.
//   - "Deep" is the number of requests in flight on a connection: it sends that many in one write, and the next batch
//     once all replies have arrived. "Requests a read" is how many the server found in one read. "Busy" is how much of
//     its core the server used: well under 100% means that it waited for the load, which costs a server wake-ups and
//     saves it nothing.
//
// The table of peers has rows of its own (Options.Peers), with checked replies instead of batches where their loop says so; their
// requests are counted by the load. It also has latencies at a fixed rate, of an open loop, and the servers' memory.
//
// The table of eviction policies (Options.Eviction) has nodes that differ in their policy alone, with memory for a quarter of the
// keys.
//
// With TLS, a row has four servers: Redis and ours, each without and with TLS. All are loaded over blocking connections
// with Go's TLS, so that only the server's TLS makes a difference; all negotiate TLS 1.3 and the same cipher. This load
// uses more CPU a request than the servers do.
package cpu
