package agent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Limits of a message in bytes.
const (
	mostHello   = 4 << 10 // before a token was shown
	mostMessage = 64 << 20
)

// link is one end of a connection between a driver and an agent. One goroutine receives; any may send.
type link struct {
	conn     net.Conn
	in       *bufio.Reader
	patience time.Duration // within which something is received, or sent
	mu       sync.Mutex    // held while a message is sent
}

func newLink(c net.Conn, patience time.Duration) *link {
	return &link{conn: c, in: bufio.NewReader(impatient{c, patience}), patience: patience}
}

// impatient ends a read for which nothing arrives in time.
type impatient struct {
	net.Conn
	patience time.Duration
}

func (c impatient) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// send sends a message.
func (l *link) send(m *message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode %s: %w", m.Kind, err)
	}
	if len(body) > mostMessage {
		return fmt.Errorf("send %s: its %d bytes are over the limit of %d", m.Kind, len(body), mostMessage)
	}
	frame := append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body))), body...)
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(frame) > 0 {
		if err := l.conn.SetWriteDeadline(time.Now().Add(l.patience)); err != nil {
			return fmt.Errorf("send %s: %w", m.Kind, err)
		}
		n, err := l.conn.Write(frame[:min(len(frame), 64<<10)])
		if err != nil {
			return fmt.Errorf("send %s: %w", m.Kind, err)
		}
		frame = frame[n:]
	}
	return nil
}

// receive returns the next message of at most so many bytes.
func (l *link) receive(most int) (*message, error) {
	var size [4]byte
	if _, err := io.ReadFull(l.in, size[:]); err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	n := int64(binary.BigEndian.Uint32(size[:]))
	if n > int64(most) {
		return nil, fmt.Errorf("receive: a message of %d bytes; the most is %d", n, most)
	}
	var body bytes.Buffer // grows with what arrives, not with what was announced
	if _, err := io.CopyN(&body, l.in, n); err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	d := json.NewDecoder(&body)
	d.DisallowUnknownFields() // what is not understood would not be done
	m := &message{}
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	return m, nil
}

// beat tells the other side now and then that this one lives, until ctx ends.
func (l *link) beat(ctx context.Context) {
	t := time.NewTicker(min(l.patience/5, time.Second))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if l.send(&message{Kind: sayAlive}) != nil {
				return // the receiver finds out
			}
		}
	}
}
