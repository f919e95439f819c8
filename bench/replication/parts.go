//go:build linux

package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// lag measures how long a write takes to be visible on a secondary.
func lag(k kind, o options) error {
	all, err := group(k, 2)
	defer stopAll(all)
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	loaded := make(chan int64)
	go func() {
		n, _ := load(all[0].port, o.rate, 100_000, stop)
		loaded <- n
	}()
	seen, err := visible(all[0].port, all[1].port, o.duration)
	close(stop)
	n := <-loaded
	report(k, "lag: at %d writes/s until visible: %v", int(float64(n)/o.duration.Seconds()), seen)
	return err
}

func visible(primary, secondary int, d time.Duration) (t times, err error) {
	w, err := dial(primary)
	if err != nil {
		return nil, err
	}
	r, err := dial(secondary)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	for i := 0; time.Since(began) < d; i++ {
		text := fmt.Sprint(i)
		at := time.Now()
		if _, err := w.do("SET", "visible", text); err != nil {
			return t, err
		}
		for {
			got, err := r.do("GET", "visible")
			if err != nil {
				return t, err
			}
			if got == text {
				break
			}
			if time.Since(at) > 10*time.Second {
				return t, fmt.Errorf("not visible after 10 s")
			}
			time.Sleep(50 * time.Microsecond)
		}
		t = append(t, time.Since(at))
		time.Sleep(time.Millisecond)
	}
	return t, nil
}

// fullSync starts a secondary of a full primary while writes go on.
func fullSync(k kind, o options) error {
	ports, err := sut.FreePorts(2)
	if err != nil {
		return err
	}
	p, err := k.start(0, ports, ports)
	if err != nil {
		return err
	}
	defer p.stop()
	if err := fill(p.port, o.entries, value); err != nil {
		return err
	}
	quiet, _, err := underLoad(p.port, o, func() error { time.Sleep(3 * time.Second); return nil })
	if err != nil {
		return err
	}
	var s *process
	defer func() { s.stop() }()
	before := p.cpu()
	var took time.Duration
	during, _, err := underLoad(p.port, o, func() (err error) {
		if s, err = k.start(1, ports, ports); err != nil {
			return err
		}
		if err := shown(p, "slave0:", time.Minute); err != nil { // the primary may take 5 s to try again
			return err
		}
		began := time.Now()
		err = inStep(p, 1, time.Minute)
		took = time.Since(began)
		return err
	})
	if err != nil {
		return err
	}
	report(k, "sync: %d entries in %v, CPU %v + %v; writes before: %v; meanwhile: %v (p99 %.2fx)", o.entries,
		took.Round(time.Millisecond), (p.cpu() - before).Round(time.Millisecond), s.cpu().Round(time.Millisecond), quiet, during, float64(during.at(0.99))/float64(quiet.at(0.99)))
	return nil
}

// underLoad calls do while 10,000 writes a second go on, and returns how long single writes took.
func underLoad(port int, o options, do func() error) (t times, took time.Duration, err error) {
	stop := make(chan struct{})
	done := make(chan error, 2)
	go func() {
		_, err := load(port, 10_000, o.entries, stop)
		done <- err
	}()
	go func() {
		var err error
		t, err = writeTimes(port, stop)
		done <- err
	}()
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	err = do()
	took = time.Since(began)
	close(stop)
	for range 2 {
		if e := <-done; err == nil {
			err = e
		}
	}
	return t, took, err
}

// partialSync breaks the link for 5 s while writes go on.
func partialSync(k kind, o options) error {
	ports, err := sut.FreePorts(2)
	if err != nil {
		return err
	}
	at := 1 // redis' secondaries connect to the primary
	if _, is := k.(redis); is {
		at = 0
	}
	gate, err := newGate(ports[at])
	if err != nil {
		return err
	}
	defer gate.close()
	via := []int{ports[0], ports[1]}
	via[at] = gate.port()
	p, err := k.start(0, ports, via)
	if err != nil {
		return err
	}
	defer p.stop()
	s, err := k.start(1, ports, via)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := inStep(p, 1, 30*time.Second); err != nil {
		return err
	}
	var took time.Duration
	_, _, err = underLoad(p.port, o, func() error {
		gate.shut()
		time.Sleep(5 * time.Second)
		opened := gate.open()
		if err := inStep(p, 1, 30*time.Second); err != nil {
			return err
		}
		took, err = time.Since(<-opened), nil
		return err
	})
	if err != nil {
		return err
	}
	c, err := dial(p.port)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // done with it
	info, err := c.do("INFO", "stats")
	var syncs []string
	for _, line := range strings.Split(info, "\r\n") {
		if strings.HasPrefix(line, "sync_") {
			syncs = append(syncs, line)
		}
	}
	report(k, "partial: in step %v after the connection is back, 5 s of 10,000 writes/s later (%s)", took.Round(time.Millisecond), strings.Join(syncs, ", "))
	return err
}
