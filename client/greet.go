package client

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// helloInfo is what a node reports in the handshake.
type helloInfo struct {
	server  string
	version string
	role    string // "master" or "replica"; empty: not reported
	resp3   bool
	// topology is its reply to TOPOLOGY WATCH; nil: it was not asked, or does not know the command.
	topology []byte
}

// greet asks for RESP3 and falls back to RESP2 if the node does not support it.
func (d *dialer) greet(h *handshake) (helloInfo, error) {
	hello := &request{op: OpDo, args: []string{"HELLO", "3"}}
	if d.pass != "" {
		hello.args = append(hello.args, "AUTH", d.userName(), d.pass)
	}
	if d.name != "" {
		hello.args = append(hello.args, "SETNAME", d.name)
	}
	r, err := h.ask(hello)
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
		if r, err = h.ask(&request{op: OpDo, args: args}); err == nil {
			err = r.err
		}
		if err != nil {
			return helloInfo{}, err
		}
	}
	if d.name != "" {
		_, err = h.ask(&request{op: OpDo, args: []string{"CLIENT", "SETNAME", d.name}})
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

// handshake is a connection that is not shared yet.
type handshake struct {
	net.Conn
	rest []byte // received behind the last reply: push messages, the last one perhaps incomplete
}

// ask sends one request and returns the reply.
func (h *handshake) ask(rq *request) (reply, error) {
	var r reply
	if _, err := h.Write(rq.append(nil)); err != nil {
		return r, err
	}
	var (
		buf  = append(make([]byte, 0, 1024), h.rest...)
		scan scanState
	)
	for {
		if len(buf) == cap(buf) {
			if len(buf) > 1<<20 {
				return r, fmt.Errorf("%w: a greeting of %d bytes", errProtocol, len(buf))
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := h.Read(buf[len(buf):cap(buf)])
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
			if h.rest = buf[k:]; len(h.rest) > 0 && h.rest[0] != '>' {
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
