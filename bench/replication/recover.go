//go:build linux

package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// moved is how many bytes of keys and values the part "recover" moves.
const moved = 500e6

// recovery measures how fast data moves between a primary and a secondary that nobody else asks for anything: a full
// sync of a new secondary, and then a primary that comes back empty and takes everything back from it.
func recovery(k kind, o options) error {
	if _, is := k.(cachegopher); !is {
		return nil // a redis-server without persistence comes back empty, and empties its replicas
	}
	for _, text := range split(o.sizes) {
		size, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		if err := recoverSized(k, o, size); err != nil {
			return err
		}
	}
	return nil
}

func recoverSized(k kind, o options, size int) error {
	ports, err := sut.FreePorts(2)
	if err != nil {
		return err
	}
	p, err := k.start(0, ports, ports)
	if err != nil {
		return err
	}
	defer func() { p.stop() }()
	entries := int(moved) / (size + keyLen)
	if err := fill(p.port, entries, strings.Repeat("v", size)); err != nil {
		return err
	}
	before := p.cpu()
	s, err := k.start(1, ports, ports)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := shown(p, "slave0:", time.Minute); err != nil {
		return err
	}
	began := time.Now()
	if err := inStepBy(p, 1, time.Minute, 100*time.Millisecond); err != nil {
		return err
	}
	tell := func(what string, took, giver, taker time.Duration) {
		mb := float64(entries*(size+keyLen)) / 1e6
		report(k, "recover: %s, values of %d bytes: %.0f MB in %v, %.0f MB/s; CPU %.2f + %.2f ms a MB (giver + taker)", what, size, mb,
			took.Round(time.Millisecond), mb/took.Seconds(), giver.Seconds()*1e3/mb, taker.Seconds()*1e3/mb)
	}
	tell("full sync", time.Since(began), p.cpu()-before, s.cpu())
	p.stop()
	before, began = s.cpu(), time.Now()
	if p, err = k.start(0, ports, ports); err != nil { // it answers PING once it serves
		return err
	}
	tell("primary back", time.Since(began), s.cpu()-before, p.cpu())
	quiet, err := whileReading(s.port, func() error { time.Sleep(2 * time.Second); return nil })
	if err != nil {
		return err
	}
	p.stop()
	began = time.Now()
	during, err := whileReading(s.port, func() (err error) { p, err = k.start(0, ports, ports); return err })
	if err != nil {
		return err
	}
	report(k, "recover: primary back, values of %d bytes, in %v beside a client of the giver; its GETs before: %v; meanwhile: %v", size,
		time.Since(began).Round(time.Millisecond), quiet, during)
	return nil
}

// whileReading returns how long GETs took, one at a time, while do ran.
func whileReading(port int, do func() error) (t times, err error) {
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		var err error
		t, err = readTimes(port, stop)
		done <- err
	}()
	err = do()
	close(stop)
	return t, errors.Join(err, <-done)
}
