package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

var (
	errClosedByNode = errors.New("node closed the connection")
	errDialTimeout  = errors.New("node did not answer within the connect timeout")
)

// helloInfo is what a node reports of itself in its greeting.
type helloInfo struct {
	server  string
	version string
	role    string // "master" or "replica"; empty: not reported
	resp3   bool
	// topology is what it answered to TOPOLOGY WATCH; nil: it was not asked, or does not know the command.
	topology []byte
}

// dialer opens connections to one node.
type dialer struct {
	places  []place
	timeout time.Duration // for connecting and the handshake together
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	user    string
	pass    string
	name    string // announced with CLIENT SETNAME; may be empty
	limits  connLimits
	heard   func(topology []byte) // see readState
}

// open connects to the first place that answers, and greets it. It resolves names each
// time. All places share the connect timeout: each gets an equal part of what is left.
// With watches the node is asked to push changes of the topology.
func (d *dialer) open(ctx context.Context, watches bool) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	end, _ := ctx.Deadline()
	var failed []error
	places := present(d.places)
	for i, p := range places {
		part, done := context.WithTimeout(ctx, time.Until(end)/time.Duration(len(places)-i))
		c, err := d.openAt(part, p, watches)
		done()
		if err == nil {
			return c, nil
		}
		failed = append(failed, err)
		var refused *ServerError
		if errors.As(err, &refused) || ctx.Err() != nil {
			break // the node itself refused: another address leads to the same one
		}
	}
	if len(failed) == 1 {
		return nil, failed[0]
	}
	return nil, errors.Join(failed...)
}

func (d *dialer) openAt(ctx context.Context, p place, watches bool) (*conn, error) {
	nc, err := d.dial(ctx, p.network, p.address)
	if err != nil {
		return nil, fmt.Errorf("dialing: %w", dialCause(ctx, err))
	}
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	hello, err := d.greet(nc)
	if err == nil && watches && hello.resp3 && hello.server == "redis" { // what a node of ours calls itself
		hello.topology, err = watchTopology(nc)
	}
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("greeting: %w", dialCause(ctx, err))
	}
	nc.SetDeadline(time.Time{})
	c := newConn(nc, d.limits)
	c.handshaken, c.reader.heard = hello, d.heard
	return c, nil
}

// watchTopology asks for the topology, and for pushes of its changes. A node that refuses is used all the same.
func watchTopology(nc net.Conn) ([]byte, error) {
	r, err := ask(nc, &request{op: OpDo, args: []string{"TOPOLOGY", "WATCH"}})
	if err != nil || r.err != nil || r.typ != '$' {
		return nil, err
	}
	return []byte(r.value().Text()), nil
}

// dialCause replaces an expired connect timeout by an error of its own, so that it does
// not match context.DeadlineExceeded: no caller's context has ended.
func dialCause(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return errDialTimeout
	}
	return err
}

// greet asks for RESP3 and falls back to RESP2 if the node does not support it.
func (d *dialer) greet(nc net.Conn) (helloInfo, error) {
	hello := &request{op: OpDo, args: []string{"HELLO", "3"}}
	if d.pass != "" {
		hello.args = append(hello.args, "AUTH", d.userName(), d.pass)
	}
	if d.name != "" {
		hello.args = append(hello.args, "SETNAME", d.name)
	}
	r, err := ask(nc, hello)
	if err != nil {
		return helloInfo{}, err
	}
	if r.err == nil {
		return readHello(r.value()), nil
	}
	var refused *ServerError
	errors.As(r.err, &refused)
	if code := refused.Code(); code != "NOPROTO" && !strings.Contains(refused.Message, "unknown command") {
		return helloInfo{}, refused
	}
	// An older server, which speaks RESP2 by default.
	if d.pass != "" {
		args := []string{"AUTH", d.pass}
		if d.user != "" {
			args = []string{"AUTH", d.user, d.pass}
		}
		if r, err = ask(nc, &request{op: OpDo, args: args}); err == nil {
			err = r.err
		}
		if err != nil {
			return helloInfo{}, err
		}
	}
	if d.name != "" {
		_, err = ask(nc, &request{op: OpDo, args: []string{"CLIENT", "SETNAME", d.name}})
	}
	return helloInfo{}, err
}

func (d *dialer) userName() string {
	if d.user == "" {
		return "default"
	}
	return d.user
}

func readHello(v Value) helloInfo {
	h := helloInfo{resp3: true}
	for i := 0; i+1 < len(v.Array); i += 2 {
		switch text := v.Array[i+1].Text(); v.Array[i].Text() {
		case "server":
			h.server = text
		case "version":
			h.version = text
		case "role":
			h.role = text
		}
	}
	return h
}

// ask sends one request on a connection that is not shared yet, and returns the reply.
func ask(nc net.Conn, rq *request) (reply, error) {
	var r reply
	if _, err := nc.Write(rq.append(nil)); err != nil {
		return r, err
	}
	var (
		buf  = make([]byte, 0, 1024)
		scan scanState
	)
	for {
		if len(buf) == cap(buf) {
			if len(buf) > 1<<20 {
				return r, fmt.Errorf("%w: a greeting of %d bytes", errProtocol, len(buf))
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := nc.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		for len(buf) > 0 {
			k, err := scan.scan(buf)
			if err != nil {
				return r, err
			}
			if k == 0 {
				break
			}
			if buf[0] == '>' {
				buf = buf[:copy(buf, buf[k:])]
				continue
			}
			if k != len(buf) {
				return r, fmt.Errorf("%w: more than one answer to one request", errProtocol)
			}
			return r, r.decode(buf[:k])
		}
		if err != nil {
			if err == io.EOF {
				err = errClosedByNode
			}
			return r, err
		}
	}
}
