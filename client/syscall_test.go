//go:build unix

package client

import (
	"bytes"
	"errors"
	"slices"
	"syscall"
	"testing"
)

// Both ways to call the system, for few and for many bytes, move the bytes and report the same errors.
func TestSocketCalls(t *testing.T) {
	for _, size := range []int{1, 32 << 10, 32<<10 + 1} {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range pair {
			if err := syscall.SetNonblock(fd, true); err != nil {
				t.Fatal(err)
			}
			if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 4*size); err != nil {
				t.Fatal(err)
			}
		}
		got := make([]byte, size)
		if _, err := readSocket(pair[1], got); !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("%d bytes: reading from an empty socket: %v", size, err)
		}
		want := slices.Repeat([]byte{'x'}, size)
		if n, err := writeSocket(pair[0], want); n != size || err != nil {
			t.Errorf("writing %d bytes: %d, %v", size, n, err)
		}
		n := 0
		for n < size {
			more, err := readSocket(pair[1], got[n:])
			if err != nil || more == 0 {
				t.Fatalf("reading %d bytes: %d after %d, %v", size, more, n, err)
			}
			n += more
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d bytes arrived differently", size)
		}
		for {
			if n, err = writeSocket(pair[0], want); err != nil {
				break
			}
		}
		if n > 0 || !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("writing %d bytes to a full socket: %d, %v", size, n, err)
		}
		if err := syscall.Close(pair[1]); err != nil {
			t.Fatal(err)
		}
		if n, err := writeSocket(pair[0], want); n > 0 || !errors.Is(err, syscall.EPIPE) {
			t.Errorf("writing %d bytes to a closed socket: %d, %v", size, n, err)
		}
		if n, err := readSocket(pair[0], got); n > 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("reading %d bytes from a closed socket: %d, %v", size, n, err)
		}
		if err := syscall.Close(pair[0]); err != nil {
			t.Fatal(err)
		}
	}
}
