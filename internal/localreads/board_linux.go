package localreads

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Board is the node's board. Make one with NewBoard.
type Board struct {
	Post
	mapped []byte
	file   *os.File // can only be read
}

// NewBoard makes a board of a store that may not be read yet, for all slots.
func NewBoard() (*Board, error) {
	f, err := NewMemory("cachegopher-board", boardBytes)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := unix.Mmap(int(f.Fd()), 0, boardBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the board: %w", err)
	}
	p := Post{(words)(unsafe.Pointer(&b[0]))}
	p.words[wordMagic].Store(boardMagic)
	for i := range len(SlotSet{}) {
		p.words[wordSlots+i].Store(1<<64 - 1)
	}
	// The mapping above stays writable.
	_, err = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_FUTURE_WRITE)
	var readable *os.File
	if err == nil {
		readable, err = ReadOnly(f)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("seal the board: %w", err), unix.Munmap(b))
	}
	return &Board{Post: p, mapped: b, file: readable}, nil
}

// Close gives the board up. No method of its Post may be called any more.
func (b *Board) Close() error { return errors.Join(unix.Munmap(b.mapped), b.file.Close()) }

// NewMemory makes a file in memory with a fixed size, which no other user can open and nobody can shrink, so that whoever
// maps it never meets a page that is not there.
func NewMemory(name string, bytes int64) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), name)
	err = unix.Fchmod(fd, 0o600)
	if err == nil {
		err = f.Truncate(bytes)
	}
	if err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a file in memory of %d bytes: %w", bytes, err), f.Close())
	}
	return f, nil
}

// ReadOnly opens f again, for reading only. The caller must close both.
func ReadOnly(f *os.File) (*os.File, error) {
	path := "/proc/self/fd/" + strconv.Itoa(int(f.Fd()))
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// Sealed reports whether nobody can shrink f any more.
func Sealed(f *os.File) bool {
	seals, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	return err == nil && seals&unix.F_SEAL_SHRINK != 0
}

// ReadBoard maps a node's board from a descriptor that Receive returned. The caller may close f.
func ReadBoard(f *os.File) (*Notice, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < boardBytes || !Sealed(f) {
		return nil, errors.New("not a board: it is too short, or can be shortened")
	}
	b, err := unix.Mmap(int(f.Fd()), 0, boardBytes, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the board: %w", err)
	}
	n := &Notice{(words)(unsafe.Pointer(&b[0]))}
	runtime.AddCleanup(n, func(b []byte) { _ = unix.Munmap(b) }, b)
	if n.words[wordMagic].Load() != boardMagic {
		return nil, errors.New("not a board of this version")
	}
	return n, nil
}
