package agent

import (
	"errors"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Version is that of the protocol. Driver and agents have the same one, as plans and workloads are sent as they are.
const Version = 1

// kind says what a message is.
type kind string

// The driver's messages, and the agent's answer to each.
const (
	sayHello kind = "hello" // welcome
	askHolds kind = "holds" // held
	askOpen  kind = "open"  // opened
	askFill  kind = "fill"  // progress..., filled
	askRound kind = "round" // ready, and after start: progress..., done
	sayStart kind = "start"
	askClock kind = "clock" // time; it may be asked at any time
	sayStop  kind = "stop"  // ends a fill or a round; its answer comes at once

	sayWelcome  kind = "welcome"
	sayHeld     kind = "held"
	sayOpened   kind = "opened"
	sayProgress kind = "progress"
	sayFilled   kind = "filled"
	sayReady    kind = "ready"
	sayDone     kind = "done"
	sayTime     kind = "time"
	sayAlive    kind = "alive" // from both sides, now and then
)

// message is one message of any kind; those of a kind set what belongs to it.
type message struct {
	Kind     kind           `json:"kind"`
	Error    string         `json:"error,omitempty"` // of what was asked
	Hello    *hello         `json:"hello,omitempty"`
	Welcome  *welcome       `json:"welcome,omitempty"`
	Open     *opening       `json:"open,omitempty"`
	Opened   string         `json:"opened,omitempty"` // version of the target
	Entries  int64          `json:"entries,omitempty"`
	Expected *load.Expected `json:"expected,omitempty"` // of the one that filled the target
	Note     string         `json:"note,omitempty"`
	Round    int            `json:"round,omitempty"`
	Clock    *moment        `json:"clock,omitempty"`
	Progress *load.Progress `json:"progress,omitempty"`
	Part     *load.Part     `json:"part,omitempty"`
}

type hello struct {
	Version int    `json:"version"`
	Token   string `json:"token,omitempty"`
	Driver  string `json:"driver"` // drawn anew by each driver: an agent serves one at a time
}

type welcome struct {
	Version int    `json:"version"`
	Host    string `json:"host"`
	Cores   int    `json:"cores"`
}

// opening is a target and what is to be put on it.
type opening struct {
	URL     string        `json:"url"`
	Spec    workload.Spec `json:"spec"`
	Seed    uint64        `json:"seed"`
	Plan    load.Plan     `json:"plan"`
	Timeout time.Duration `json:"timeout,omitempty"` // of askHolds
}

// moment is the time of an agent's clocks in nanoseconds.
type moment struct {
	Mono int64 `json:"mono"` // since some moment of its own
	Wall int64 `json:"wall"` // since 1970
}

// fault is the error that a message carries; nil: none.
func (m *message) fault() error {
	if m.Error == "" {
		return nil
	}
	return errors.New(m.Error)
}
