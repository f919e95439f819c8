package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Part is what one of several generators measured in a round that they did together. It has histograms, not only figures of
// them, so that Merge loses nothing.
type Part struct {
	Round    *result.Round // its own figures, without histogram and slices
	Reads    string        // histograms in the V2 compressed encoding; empty: of nothing
	Writes   string
	Delays   string // of requests that could have been sent in time
	Connects string
	Slices   []PartSlice
	Late     int64 // ns after the moment that was agreed on at which it began
}

// PartSlice is a slice of a part.
type PartSlice struct {
	Requests, Errors int64
	Latency          string
}

// RunPart does one round as one of several generators. It makes its connections and then calls gate, which returns when all are
// to begin. With an error it also returns what was measured, as Run does; nil if that is nothing.
func (s *Session) RunPart(ctx context.Context, round int, gate func(context.Context) (time.Time, error), progress func(Progress)) (*Part, error) {
	s.gate, s.part = gate, &Part{}
	defer func() { s.gate, s.part = nil, nil }()
	r, err := s.Run(ctx, round, progress)
	if r == nil {
		return nil, err
	}
	s.part.Round = r
	r.Histogram, r.Slices = nil, nil
	return s.part, err
}

// await waits until all generators have made their connections, and moves the round to when they begin.
func (s *Session) await(ctx context.Context, p *phase) error {
	if s.gate == nil || p.fill {
		return nil
	}
	at, err := s.gate(ctx)
	if err != nil {
		return err
	}
	p.shift(int64(at.Sub(s.base)) - p.begin)
	return nil
}

// shift moves a round by ns.
func (p *phase) shift(ns int64) {
	p.begin += ns
	p.start += ns
	p.end += ns
}

// keep encodes what a collector has, before it makes figures of it.
func (p *Part) keep(c *collector, connects *hdr.Histogram) error {
	var errs [4]error
	p.Reads, errs[0] = encode(c.reads)
	p.Writes, errs[1] = encode(c.writes)
	p.Delays, errs[2] = encode(c.late)
	p.Connects, errs[3] = encode(connects)
	for _, s := range c.slices {
		out := PartSlice{}
		if s != nil {
			h := result.NewHistogram()
			s.hist.MergeInto(h)
			text, err := encode(h)
			if err != nil {
				return err
			}
			out = PartSlice{Requests: s.requests, Errors: s.errorCount(), Latency: text}
		}
		p.Slices = append(p.Slices, out)
	}
	return errors.Join(errs[:]...)
}

func encode(h *hdr.Histogram) (string, error) {
	if h.TotalCount() == 0 {
		return "", nil
	}
	text, err := h.Encode(hdr.V2CompressedEncodingCookieBase)
	if err != nil {
		return "", fmt.Errorf("encode a histogram: %w", err)
	}
	return string(text), nil
}

// add adds an encoded histogram to h.
func add(h *hdr.Histogram, text string) error {
	if text == "" {
		return nil
	}
	from, err := hdr.Decode([]byte(text))
	if err != nil {
		return fmt.Errorf("decode a histogram: %w", err)
	}
	if n := h.Merge(from); n > 0 {
		return fmt.Errorf("decode a histogram: %d of its times are over %s", n, time.Duration(result.Highest))
	}
	return nil
}

// Expected says which misses a session takes for errors.
type Expected struct {
	Hits    bool  // of keys that were stored
	Evicted int64 // what the target said after it was filled; negative: it does not say
}

// Expected is what the session expects since it filled its target.
func (s *Session) Expected() Expected { return Expected{s.judge.expect.on, s.judge.expect.evicted} }

// Filled tells a session that another one has filled the target, and what that one expects.
func (s *Session) Filled(e Expected) { s.judge.expect.on, s.judge.expect.evicted = e.Hits, e.Evicted }
