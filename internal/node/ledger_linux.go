package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/replica"
)

// openLedger maps the ledger of the node called id, a file in folder. What is written to it survives the process, not the
// machine. close unmaps it; nothing may use it afterwards.
func openLedger(folder, id, group string) (l *replica.Ledger, close func() error, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, nil, err
	}
	path := filepath.Join(folder, id+".ledger")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			f.Close() //nolint:errcheck // the first error counts
		}
	}()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, nil, fmt.Errorf("%s: another process uses it: %w", path, err)
	}
	if err := fill(f); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	b, err := unix.Mmap(int(f.Fd()), 0, replica.LedgerBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("map %s: %w", path, err)
	}
	return replica.NewLedger(words(b), id+"\n"+group, bootedAt()), func() error { return errors.Join(unix.Munmap(b), f.Close()) }, nil
}

// fill gives f the length of a ledger, and allocates all of its blocks: if the disk had no room for a mapped block, a write to
// it would kill the process. A file of another length is emptied.
func fill(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() == replica.LedgerBytes {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, replica.LedgerBytes), 0)
	return err
}

// words returns mapped memory, which begins at a page, as words.
func words(b []byte) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/8)
}

// bootedAt returns when the machine started, in seconds since 1970, by the present setting of its clock.
func bootedAt() int64 {
	var up unix.Timespec
	unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) //nolint:errcheck // every Linux has it
	return time.Now().Unix() - up.Sec
}
