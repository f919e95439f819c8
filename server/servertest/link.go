package servertest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// link is a client's connection to the proxy with the proxy's connection to the node.
type link struct {
	p            *proxy
	client, node *net.TCPConn
	muted        atomic.Bool // replies no longer reach the client

	mu       sync.Mutex
	replaced []replacement // in the order of the requests
	held     []byte        // from the node: possibly the beginning of a mark
}

// replacement is a reply in place of the node's. The proxy sends the node an ECHO of mark in place of the request, and
// replaces the echo, so that the reply keeps its place among others.
type replacement struct{ mark, answer []byte }

// cut closes both connections, the client's with a reset: replies in flight are lost, as when a process dies.
func (k *link) cut() {
	_ = k.client.SetLinger(0)
	k.end()
}

// end closes both connections after one direction has ended.
func (k *link) end() {
	k.client.Close()
	k.node.Close()
}

// requests passes on RESP requests one at a time, and other bytes as they arrive.
func (k *link) requests() {
	r, w := bufio.NewReaderSize(k.client, 64<<10), bufio.NewWriterSize(k.node, 64<<10)
	first, err := r.Peek(1)
	resp := err == nil && first[0] == '*'
	for resp && err == nil {
		var request wire.Reply // which has the form of an array
		if request, err = wire.ReadReply(r); err != nil || len(request.Elems) == 0 {
			_, _ = w.WriteString(request.Raw) // the node replies with the error
			break
		}
		args := request.Texts()
		if k.p.pass(); !k.request(w, []byte(request.Raw), args) {
			k.end()
			return
		}
		if resp = !opensStream(args); r.Buffered() == 0 || !resp {
			err = w.Flush()
		}
	}
	_ = w.Flush()
	k.copy(k.node, r, func(b []byte) []byte { return b })
	_ = k.node.CloseWrite() // replies may still arrive
}

// opensStream reports whether replication follows on the connection, in place of requests.
func opensStream(args []string) bool {
	return len(args) > 1 && strings.EqualFold(args[0], "REPLICA") && (strings.EqualFold(args[1], "STREAM") || strings.EqualFold(args[1], "TAKE"))
}

// request applies the fault of one request. It returns false if the link ends with it.
func (k *link) request(w *bufio.Writer, raw []byte, args []string) bool {
	f := k.p.fault(args)
	if f.Delay > 0 {
		_ = w.Flush()
		time.Sleep(f.Delay)
	}
	switch {
	case f.Cut:
		_ = w.Flush()
		k.cut()
		return false
	case f.Error != "" || f.Reply != "":
		reply := f.Reply
		if f.Error != "" {
			reply = "-" + f.Error + "\r\n"
		}
		mark := strconv.AppendUint(strconv.AppendUint([]byte("servertest:"), rand.Uint64(), 36), rand.Uint64(), 36)
		k.mu.Lock()
		k.replaced = append(k.replaced, replacement{fmt.Appendf(nil, "$%d\r\n%s\r\n", len(mark), mark), []byte(reply)})
		k.mu.Unlock()
		raw = fmt.Appendf(nil, "*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n", len(mark), mark)
	}
	if f.CutAfter {
		_ = w.Flush()
		k.muted.Store(true)
	}
	if _, err := w.Write(raw); err != nil {
		return false
	}
	if f.CutAfter {
		_ = w.Flush()
		time.Sleep(20 * time.Millisecond) // until the node has executed it
		k.cut()
		return false
	}
	return true
}

// replies passes replies on, except those that are replaced.
func (k *link) replies() {
	defer k.end()
	k.copy(k.client, k.node, func(b []byte) []byte {
		if k.muted.Load() {
			return nil
		}
		return k.replace(b)
	})
}

func (k *link) copy(to io.Writer, from io.Reader, change func([]byte) []byte) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			k.p.pass()
			if _, err := to.Write(change(b[:n])); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// replace replaces marks by their replies in b, which comes from the node.
func (k *link) replace(b []byte) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.held) > 0 {
		b = append(k.held, b...)
		k.held = nil
	}
	for len(k.replaced) > 0 {
		mark := k.replaced[0].mark
		if !bytes.Contains(b, mark) {
			for n := min(len(mark)-1, len(b)); n > 0; n-- {
				if at := len(b) - n; bytes.HasPrefix(mark, b[at:]) { // the rest of the mark is still to come
					k.held = bytes.Clone(b[at:])
					return b[:at]
				}
			}
			break
		}
		b = bytes.Replace(b, mark, k.replaced[0].answer, 1)
		k.replaced = k.replaced[1:]
	}
	return b
}
