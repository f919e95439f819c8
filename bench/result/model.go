package result

import (
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// Schema is the version of the JSON format; a file with another version is refused.
const Schema = 1

// Report is everything that one command measured.
type Report struct {
	Schema  int       `json:"schema"`
	Title   string    `json:"title"`
	Started time.Time `json:"started"`
	Command []string  `json:"command"`
	Machine Machine   `json:"machine"`
	Runs    []*Run    `json:"runs"`
	Notes   []string  `json:"notes,omitempty"` // reasons to trust or doubt the figures
}

// Run is one workload under one load on one or several targets, in alternating rounds.
type Run struct {
	Name     string        `json:"name"`
	Section  string        `json:"section,omitempty"` // section of the suite
	X        float64       `json:"x,omitempty"`       // the run's position in its section's sweep, for example the value size
	XName    string        `json:"x_name,omitempty"`  // what X measures, for example "bytes of a value"
	XUnit    string        `json:"x_unit,omitempty"`  // "B", or none
	Workload workload.Spec `json:"workload"`
	Load     Load          `json:"load"`
	Targets  []*Target     `json:"targets"`
	// Fresh: the targets were started anew for each round, in an order that was drawn.
	Fresh bool `json:"fresh,omitempty"`
	// Only in the section cpu, whose rows are measured one by one.
	AtMost  float64 `json:"at_most,omitempty"` // the wanted ratio to the first target
	When    string  `json:"when,omitempty"`    // day of the measurement
	Machine string  `json:"machine,omitempty"`
}

// Load is how requests were sent.
type Load struct {
	Conns    int     `json:"connections"`
	Depth    int     `json:"depth"`
	Threads  int     `json:"threads"`
	Rate     float64 `json:"rate,omitempty"` // of an open loop
	Poisson  bool    `json:"poisson,omitempty"`
	Warmup   float64 `json:"warmup_s"`
	Duration float64 `json:"duration_s"`
	Count    int64   `json:"count,omitempty"`
	Batch    bool    `json:"batch,omitempty"`
	Verify   string  `json:"verify"`
	Seed     uint64  `json:"seed"`
}

// Target has the results of one target in a run.
type Target struct {
	URL     string   `json:"url"`
	Version string   `json:"version,omitempty"`
	Missing string   `json:"missing,omitempty"` // why it was not available; Rounds is then empty
	Failed  string   `json:"failed,omitempty"`  // what ended it early; Rounds has what was measured until then
	Rounds  []*Round `json:"rounds,omitempty"`
	// HighestRate is, after a ramp, the highest rate within the wanted latency.
	HighestRate float64 `json:"highest_rate,omitempty"`
	Steps       []Step  `json:"steps,omitempty"`
}

// Step is one rate that a ramp tried.
type Step struct {
	Rate    float64 `json:"rate"`
	Reached float64 `json:"reached"`
	Value   int64   `json:"value"` // of the bounded percentile
	Kept    bool    `json:"kept"`
}

// Round is one measurement.
type Round struct {
	Seconds  float64          `json:"seconds"`
	Requests int64            `json:"requests"`
	Hits     int64            `json:"hits"`
	Misses   int64            `json:"misses"`
	Expected int64            `json:"expected_errors,omitempty"` // refusals that were expected
	Stale    int64            `json:"stale_reads,omitempty"`     // of a target that may return them
	Errors   map[string]int64 `json:"errors,omitempty"`
	Example  string           `json:"example_error,omitempty"`
	In       int64            `json:"bytes_in"`
	Out      int64            `json:"bytes_out"`

	Latency Summary  `json:"latency,omitzero"`
	Reads   *Summary `json:"reads,omitempty"` // if there are both reads and writes
	Writes  *Summary `json:"writes,omitempty"`
	// Histogram is an HdrHistogram of the latencies, in its V2 compressed encoding.
	Histogram []byte  `json:"histogram,omitempty"`
	Slices    []Slice `json:"slices,omitempty"`

	ServerCPU    float64 `json:"server_cpu_s"`              // 0: not known
	ServerBusy   float64 `json:"server_busy"`               // cores
	ServerSystem float64 `json:"server_system_s,omitempty"` // the kernel's part of ServerCPU, to a hundredth of a second; only with batches, as the two below
	ServerReads  int64   `json:"server_reads,omitempty"`    // of sockets, by the server's own count
	Others       float64 `json:"others,omitempty"`          // share of the cores of server and load that other processes and interrupts used
	Resident     int64   `json:"resident,omitempty"`        // at the end
	Empty        int64   `json:"empty,omitempty"`           // resident memory before anything was stored
	Generator    Self    `json:"generator,omitzero"`
}

// Self is what the generator measured of itself.
type Self struct {
	CPU     float64  `json:"cpu_s"`             // of the generator's threads
	Busy    float64  `json:"busy"`              // of the busiest thread, 0 to 1
	Calls   int64    `json:"calls,omitempty"`   // socket reads and writes, for libraries
	Late    *Summary `json:"late,omitempty"`    // delays of requests that could have been sent in time
	Missed  int64    `json:"missed,omitempty"`  // requests of these over 1 ms late
	Verdict string   `json:"verdict,omitempty"` // why the generator was the bottleneck; empty: it was not
}

// Slice is a short time of a round.
type Slice struct {
	At       float64 `json:"at"` // seconds since measuring began
	Seconds  float64 `json:"seconds"`
	Requests int64   `json:"requests"`
	Errors   int64   `json:"errors,omitempty"`
	P50      int64   `json:"p50"`
	P99      int64   `json:"p99"`
	Max      int64   `json:"max"`
	// Heat counts latencies in steps of a factor of 2^(1/4): Heat[i] those from step Base+i on, up to the next.
	Base int   `json:"heat_base,omitempty"` // the step of Heat[0]
	Heat []int `json:"heat,omitempty"`
}

// Throughput is requests a second.
func (r *Round) Throughput() float64 {
	if r.Seconds <= 0 {
		return 0
	}
	return float64(r.Requests) / r.Seconds
}

// ServerMicros is the server's CPU a request in microseconds; 0: not known.
func (r *Round) ServerMicros() float64 {
	if r.Requests == 0 {
		return 0
	}
	return r.ServerCPU * 1e6 / float64(r.Requests)
}

// HitRatio is the share of reads that found something; ok is false if there were no reads.
func (r *Round) HitRatio() (ratio float64, ok bool) {
	if n := r.Hits + r.Misses; n > 0 {
		return float64(r.Hits) / float64(n), true
	}
	return 0, false
}

// ErrorCount is the number of errors of all kinds.
func (r *Round) ErrorCount() (n int64) {
	for _, k := range r.Errors {
		n += k
	}
	return n
}
