package result

import (
	"time"

	"github.com/cachegopher/cachegopher/bench/trace"
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
	// Interrupted: not all that was asked for was measured, and the last round may be a short one.
	Interrupted bool `json:"interrupted,omitempty"`
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
	Replay   *Replay       `json:"replay,omitempty"` // instead of what Workload says of keys and values
	Targets  []*Target     `json:"targets"`
	// Fresh: the targets were started anew for each round, in an order that was drawn.
	Fresh bool `json:"fresh,omitempty"`
	// Only in the section cpu, whose rows are measured one by one.
	AtMost  float64 `json:"at_most,omitempty"` // the wanted ratio to the first target
	When    string  `json:"when,omitempty"`    // day of the measurement
	Machine string  `json:"machine,omitempty"`
}

// Replay is the trace that was replayed.
type Replay struct {
	File  string  `json:"file"`
	Speed float64 `json:"speed,omitempty"` // times the trace's own; 0: as fast as possible
	workload.TraceFacts
}

// Load is how requests were sent.
type Load struct {
	Conns         int     `json:"connections"`
	Depth         int     `json:"depth"`
	Threads       int     `json:"threads"`        // with agents those of each, 0: as each chose
	Rate          float64 `json:"rate,omitempty"` // of an open loop
	Poisson       bool    `json:"poisson,omitempty"`
	Warmup        float64 `json:"warmup_s"`
	Duration      float64 `json:"duration_s"`
	Count         int64   `json:"count,omitempty"`
	Within        float64 `json:"within_s,omitempty"` // an answer within this time of its request counts as good
	Batch         bool    `json:"batch,omitempty"`
	ReceiveBuffer int     `json:"receive_buffer,omitempty"` // bytes, as asked for; 0: the system's
	ReadSize      int     `json:"read_size,omitempty"`      // most bytes of a read; 0: as many as there are
	Think         float64 `json:"think_s,omitempty"`        // between reading replies and the next requests of a connection
	Pause         string  `json:"pause,omitempty"`          // EVERY:FOR, for which a connection's reader sleeps
	Churn         int     `json:"churn,omitempty"`          // requests of a connection; 0: any number
	Herd          bool    `json:"herd,omitempty"`           // connections were opened, and requests due, all at once
	Verify        string  `json:"verify"`
	Seed          uint64  `json:"seed"`
	Agents        int     `json:"agents,omitempty"` // processes that sent the load together; 0: one, without agents
}

// Target has the results of one target in a run.
type Target struct {
	URL     string   `json:"url"`
	Version string   `json:"version,omitempty"`
	Missing string   `json:"missing,omitempty"` // why it was not available; Rounds is then empty
	Note    string   `json:"note,omitempty"`    // what filling it has shown
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

// Round is one measurement. A request belongs to it if it was due (in a closed loop: sent) during the measured time.
type Round struct {
	Seconds  float64          `json:"seconds"`  // the measured time
	Requests int64            `json:"requests"` // answered, at whatever time
	Flow     Flow             `json:"flow,omitzero"`
	Hits     int64            `json:"hits"`
	Misses   int64            `json:"misses"`
	Expected int64            `json:"expected_errors,omitempty"` // refusals that were expected
	Stale    int64            `json:"stale_reads,omitempty"`     // of a target that may return them
	Errors   map[string]int64 `json:"errors,omitempty"`
	Example  string           `json:"example_error,omitempty"`
	Changes  []trace.Change   `json:"changes,omitempty"` // what of a replayed trace was changed or left out
	In       int64            `json:"bytes_in"`
	Out      int64            `json:"bytes_out"`

	// Latency is of all requests of the round: one without an answer counts with the time that it waited for one.
	Latency  Summary  `json:"latency,omitzero"`
	Connects *Summary `json:"connects,omitempty"` // how long it took to make connections, of those made during the round
	Reads    *Summary `json:"reads,omitempty"`    // if there are both reads and writes
	Writes   *Summary `json:"writes,omitempty"`
	// Histogram is an HdrHistogram of the latencies, in its V2 compressed encoding.
	Histogram []byte  `json:"histogram,omitempty"`
	Slices    []Slice `json:"slices,omitempty"`

	ServerCPU    float64 `json:"server_cpu_s"`              // 0: not known
	ServerBusy   float64 `json:"server_busy"`               // cores
	ServerSystem float64 `json:"server_system_s,omitempty"` // the kernel's part of ServerCPU, to a hundredth of a second; only with batches, as the two below
	ServerReads  int64   `json:"server_reads,omitempty"`    // of sockets, by the server's own count
	ServerThread float64 `json:"server_thread,omitempty"`   // share of the time for which the server's busiest thread ran
	ServerWaited float64 `json:"server_waited,omitempty"`   // share of the time for which that thread was ready to run and had no core
	Others       float64 `json:"others,omitempty"`          // share of the cores (with batches: of those of server and load) that other processes and interrupts used; 0 if the server's process is unknown
	Steal        float64 `json:"steal,omitempty"`           // share of all cores' time that other virtual machines took
	Resident     int64   `json:"resident,omitempty"`        // at the end; of a cache in the generator's process, what it has added
	Empty        int64   `json:"empty,omitempty"`           // resident memory before anything was stored
	Generator    Self    `json:"generator,omitzero"`
	// Short is the side that kept the round from more requests, as far as figures tell; empty: the server, in a closed loop,
	// or nothing, at a rate that was reached.
	Short   Side   `json:"short,omitempty"`
	Verdict string `json:"verdict,omitempty"` // the figures that show it
	// Disturbed says what else used the processors, or how clocks differed, and makes figures doubtful.
	Disturbed []string `json:"disturbed,omitempty"`
	Agents    []Agent  `json:"agents,omitempty"` // each one's share of the round
}

// Side is a party to a measurement.
type Side string

// The sides that may be short of something.
const (
	ShortGenerator   Side = "generator"
	ShortServer      Side = "server"
	ShortBoth        Side = "both"
	ShortConnections Side = "connections" // every connection had as many requests in flight as it may have
	ShortMachine     Side = "machine"     // other work had the cores that both wanted
	ShortUnknown     Side = "unknown"
)

// Flow says how many requests were wanted, sent and answered in time. In a closed loop every request is sent when it is
// due.
type Flow struct {
	Asked   float64 `json:"asked,omitempty"`    // requests a second; 0: a closed loop
	Due     int64   `json:"due"`                // during the measured time
	Sent    int64   `json:"sent"`               // of these, within the measured time
	Unsent  int64   `json:"unsent,omitempty"`   // of these, never
	Drained int64   `json:"drained,omitempty"`  // of the round's answered requests, those answered after the measured time
	Early   int64   `json:"early,omitempty"`    // answers within the measured time to requests due before it
	Good    int64   `json:"good"`               // requests answered correctly in the measured time and within Load.Within
	Within  float64 `json:"within_s,omitempty"` // Load.Within; 0: Good was not counted
	Missed  bool    `json:"missed,omitempty"`   // answers were over 1% fewer than what was due
}

// Self is what the generator measured of itself.
type Self struct {
	CPU     float64  `json:"cpu_s"`             // of the generator's threads
	Busy    float64  `json:"busy"`              // of the busiest thread, 0 to 1
	Calls   int64    `json:"calls,omitempty"`   // socket reads and writes, for libraries
	Waited  float64  `json:"waited,omitempty"`  // greatest share of the time for which a thread was ready to run and had no core
	Stood   float64  `json:"stood_s,omitempty"` // longest time for which its process did not run: it was stopped, or the machine slept; 0: under 0.3 s
	Blocked float64  `json:"blocked,omitempty"` // greatest share of the time for which a thread had requests due and every connection its depth in flight
	Ready   float64  `json:"ready,omitempty"`   // mean share of the connections that had something to read when a thread looked
	Late    *Summary `json:"late,omitempty"`    // delays of requests that could have been sent in time
	Missed  int64    `json:"missed,omitempty"`  // requests of these over 1 ms late
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
