//go:build !linux

package load

import (
	"errors"
	"net"
	"time"
)

const rawConnections = false

var errNoRaw = errors.New("raw connections need Linux")

type poller struct{}

func newPoller() (*poller, error)                            { return nil, errNoRaw }
func (p *poller) close()                                     {}
func (p *poller) wake()                                      {}
func (p *poller) woken()                                     {}
func (p *poller) add(fd, id int) error                       { return errNoRaw }
func (p *poller) addEdge(fd, id int, output bool) error      { return errNoRaw }
func (p *poller) watch(fd, id int, input, output bool) error { return errNoRaw }
func (p *poller) wait(ns int64) int                          { return 0 }
func (p *poller) ready(i int) (id int, in, out bool)         { return 0, false, false }

func rawRead(fd int, b []byte) (n int, again bool, err error)  { return 0, false, errNoRaw }
func rawDrop(fd int, b []byte) (n int, again bool, err error)  { return 0, false, errNoRaw }
func rawWrite(fd int, b []byte) (n int, again bool, err error) { return 0, false, errNoRaw }
func socketPair() (near, far net.Conn, err error)              { return nil, nil, errNoRaw }
func takeSocket(c net.Conn) (fd int, err error)                { return 0, errNoRaw }
func closeSocket(fd int)                                       {}
func threadCPU() int64                                         { return 0 }
func sharpenTimers()                                           {}
func timeAsleep() time.Duration                                { return 0 }
