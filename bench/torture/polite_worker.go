//go:build linux

package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"
)

// worker is one client at work.
type worker struct {
	job
	c       *crowd
	rnd     *rand.Rand
	conn    net.Conn
	r       *bufio.Reader
	written map[uint64]written
}

// written is a client's knowledge of a key that it owns.
type written struct {
	version uint32
	unsure  uint32 // number of later versions that may or may not have been stored
}

// request does one request; an error ends the connection.
func (w *worker) request() error {
	if w.conn == nil {
		conn, err := w.dial()
		if err != nil {
			return err
		}
		w.conn, w.r = conn, bufio.NewReaderSize(conn, 16<<10)
		if w.signIn {
			if err := w.authenticate(); err != nil {
				return err
			}
		}
	}
	if err := w.conn.SetDeadline(time.Now().Add(replyWithin)); err != nil {
		return err
	}
	key := w.first + w.rnd.Uint64N(w.keys)
	if w.writes && w.rnd.IntN(10) < 3 {
		return w.set(key)
	}
	return w.get(key)
}

func (w *worker) dial() (net.Conn, error) {
	d := &net.Dialer{Timeout: replyWithin}
	if w.tls != nil {
		return tls.DialWithDialer(d, "tcp", w.address, w.tls)
	}
	return d.Dial("tcp", w.address)
}

func (w *worker) authenticate() error {
	if err := w.conn.SetDeadline(time.Now().Add(replyWithin)); err != nil {
		return err
	}
	reply, _, err := w.exchange("AUTH", "app", politePassword)
	if err == nil && reply != "OK" {
		err = w.stray("AUTH is answered %.60q", reply)
	}
	return err
}

// size returns mostly small sizes.
func (w *worker) size() int {
	switch n := w.rnd.IntN(200); {
	case n == 0:
		return 60_000
	case n < 20:
		return 2000 + w.rnd.IntN(6000)
	}
	return 16 + w.rnd.IntN(500)
}

func (w *worker) set(key uint64) error {
	was := w.written[key]
	version := (was.version + was.unsure + 1) % versions
	w.written[key] = written{was.version, was.unsure + 1} // until it is answered
	value := w.c.values.make(key, version, w.size())
	reply, _, err := w.exchange("SET", keyName(key), value)
	if err != nil {
		return err
	}
	if reply != "OK" {
		return w.stray("SET is answered %.60q", reply)
	}
	if was.unsure == 0 { // else a write of unknown fate may still take effect, after this one
		w.written[key] = written{version, 0}
	}
	return nil
}

func (w *worker) get(key uint64) error {
	value, found, err := w.exchange("GET", keyName(key))
	if err != nil {
		return err
	}
	if !found {
		w.c.count(func(s *seen) { s.Misses++ })
		return nil
	}
	version, _, ok := w.c.values.Check(key, []byte(value))
	if !ok {
		return w.wrong("%s holds %d bytes %.40q, which nobody wrote for it", keyName(key), len(value), value)
	}
	if !w.exact || !w.writes {
		return nil
	}
	if known := w.written[key]; !newer(version, known.version) || !newer(known.version+known.unsure, version) {
		return w.wrong("%s holds version %d, written were %d and perhaps %d more", keyName(key), version, known.version, known.unsure)
	}
	return nil
}

func (w *worker) wrong(format string, args ...any) error {
	w.c.count(func(s *seen) { s.Wrong++; s.Example = fmt.Sprintf(format, args...) })
	return nil
}

func (w *worker) stray(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	w.c.count(func(s *seen) { s.OutOfStep++; s.Example = text })
	return fmt.Errorf("out of step: %s", text)
}

// exchange sends a request and reads its reply, in the client's dialect. An error reply is an error that begins
// with "reply" and its first word.
func (w *worker) exchange(args ...string) (text string, found bool, err error) {
	if w.lines {
		return w.exchangeLine(args)
	}
	if _, err := w.conn.Write(w.protocol.request(nil, args...)); err != nil {
		return "", false, err
	}
	rep, err := w.protocol.reply(w.r)
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "no reply begins"):
		return "", false, w.stray("%v", err)
	case err != nil:
		return "", false, err
	case rep.Kind == '-':
		return "", false, fmt.Errorf("reply %s", rep.Text)
	case rep.Kind != '$' && rep.Kind != '+' || args[0] == "GET" && rep.Kind != '$':
		return "", false, w.stray("%s is answered %v", args[0], rep)
	}
	return rep.Text, !rep.Null, nil
}

func (w *worker) exchangeLine(args []string) (text string, found bool, err error) {
	if _, err := io.WriteString(w.conn, strings.Join(args, " ")+"\n"); err != nil {
		return "", false, err
	}
	line, err := w.r.ReadString('\n')
	if err != nil {
		return "", false, err
	}
	line = strings.TrimSuffix(line, "\n")
	if line == "ERROR: Key not found" && args[0] == "GET" {
		return "", false, nil
	}
	if text, ok := strings.CutPrefix(line, "ERROR: "); ok {
		return "", false, fmt.Errorf("reply %s", text)
	}
	return line, true, nil
}
