package localreads

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// answer is the byte that descriptors come with.
const answer = 'M'

var errRefused = errors.New("the node handed out no memory: the token was used or too old")

// Receive fetches the descriptors of a node's board and of its store's table, which the caller must close. path and token
// are those that LOCALREADS answered.
func Receive(ctx context.Context, path, token string) (board, table *os.File, err error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, nil, err
	}
	defer nc.Close()
	defer context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })()
	c := nc.(*net.UnixConn)
	if _, err := c.Write([]byte(token)); err != nil {
		return nil, nil, fmt.Errorf("send the token: %w", err)
	}
	var b [1]byte
	room := make([]byte, unix.CmsgSpace(2*4))
	n, of, _, _, err := c.ReadMsgUnix(b[:], room)
	if n != 1 || err != nil {
		return nil, nil, errors.Join(errRefused, err)
	}
	files, err := filesIn(room[:of])
	if err == nil && (len(files) != 2 || b[0] != answer) {
		err = fmt.Errorf("%d descriptors, want 2", len(files))
	}
	if err != nil {
		for _, f := range files {
			f.Close()
		}
		return nil, nil, fmt.Errorf("receive the memory: %w", err)
	}
	return files[0], files[1], nil
}

// filesIn returns the files of a message's descriptors, also beside an error.
func filesIn(control []byte) (files []*os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(control)
	for i := range messages {
		fds, parsed := unix.ParseUnixRights(&messages[i])
		err = errors.Join(err, parsed)
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "memory of a node"))
		}
	}
	return files, err
}
