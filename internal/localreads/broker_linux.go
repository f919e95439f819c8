package localreads

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	mostClients = 16              // that are served at a time; others wait in the kernel's queue
	clientTime  = 2 * time.Second // in which a client must send its token and take its descriptors
)

// Broker hands the memory of one node to its clients. Make one with NewBroker; its methods may be called from any goroutine.
type Broker struct {
	board    *Board
	table    func() (*os.File, error)
	listener *net.UnixListener
	grants   grants
	serving  sync.WaitGroup
}

// NewBroker returns a Broker that listens on l, whose path it takes from l. table returns the file of the store's current
// table; the caller of table does not close it. The Broker owns l.
func NewBroker(l *net.UnixListener, board *Board, table func() (*os.File, error)) *Broker {
	b := &Broker{board: board, table: table, listener: l}
	b.serving.Go(b.accept)
	return b
}

// Close ends the listener and the clients in progress.
func (b *Broker) Close() error {
	err := b.listener.Close()
	b.serving.Wait()
	return err
}

// Grant lets the client at the other end of the socket fd, or 0 if there is none, fetch the memory: at path, with a token.
func (b *Broker) Grant(fd int) (path, token string, err error) {
	if _, err := b.table(); err != nil {
		return "", "", err
	}
	token, err = b.grants.add(userOf(fd), time.Now())
	return b.listener.Addr().String(), token, err
}

// userOf is the user at the other end of a unix socket, Anyone if it is another one.
func userOf(fd int) int {
	if fd <= 0 {
		return Anyone
	}
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil || cred.Pid == 0 && int32(cred.Uid) == -1 { // TCP knows neither
		return Anyone
	}
	return int(cred.Uid)
}

// accept serves clients, mostClients at a time, until the listener is closed.
func (b *Broker) accept() {
	room := make(chan struct{}, mostClients)
	for {
		room <- struct{}{}
		c, err := b.listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // descriptors have run out, for instance
			time.Sleep(10 * time.Millisecond)
			<-room
			continue
		}
		b.serving.Go(func() {
			_ = c.SetDeadline(time.Now().Add(clientTime))
			_ = b.serve(c) // a client that gets nothing asks the node again
			c.Close()
			<-room
		})
	}
}

// serve sends the descriptors to a client that has a token.
func (b *Broker) serve(c *net.UnixConn) error {
	var token [tokenBytes]byte
	if _, err := io.ReadFull(c, token[:]); err != nil {
		return err
	}
	user, err := peerOf(c)
	if err != nil {
		return err
	}
	if !b.grants.take(string(token[:]), user, time.Now()) {
		return fmt.Errorf("user %d has no valid token", user)
	}
	table, err := b.table()
	if err != nil {
		return err
	}
	readable, err := ReadOnly(table)
	if err != nil {
		return err
	}
	defer readable.Close()
	rights := unix.UnixRights(int(b.board.file.Fd()), int(readable.Fd()))
	_, _, err = c.WriteMsgUnix([]byte{answer}, rights, nil)
	return err
}

// peerOf is the user at the other end.
func peerOf(c *net.UnixConn) (user int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	failed := raw.Control(func(fd uintptr) {
		var cred *unix.Ucred
		if cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			user = int(cred.Uid)
		}
	})
	return user, errors.Join(failed, err)
}
