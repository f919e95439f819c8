package logging

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// complainEvery is the least time between two reports of dropped lines.
const complainEvery = 10 * time.Second

// File appends lines to a file that logrotate may move away; see Reopen. A line that cannot be written, as on a full disk,
// is dropped and counted.
type File struct {
	path string

	mu         sync.Mutex // guards the fields below; held during a write, so that lines stay whole
	file       *os.File   // nil once closed
	dropped    uint64
	complained time.Time // time of the last line to complain
	complain   io.Writer
}

// OpenFile opens path for appending. A new file is readable by its owner and group. While lines are dropped, complain gets
// a line about it, at most every ten seconds.
func OpenFile(path string, complain io.Writer) (*File, error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	return &File{path: path, file: file, complain: complain}, nil
}

func open(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("opening the log file: %w", err)
	}
	return file, nil
}

// Write appends one or more whole lines. It never returns an error, since zap would print one for each line.
func (f *File) Write(lines []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := os.ErrClosed
	if f.file != nil {
		if _, err = f.file.Write(lines); err == nil {
			return len(lines), nil
		}
	}
	f.dropped++
	if now := time.Now(); now.Sub(f.complained) >= complainEvery {
		f.complained = now
		fmt.Fprintf(f.complain, "cachegopher: %d log lines dropped so far: %v\n", f.dropped, err) //nolint:errcheck // there is nowhere to report it
	}
	return len(lines), nil
}

// Sync flushes the file to disk.
func (f *File) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	return f.file.Sync()
}

// Reopen opens the path again. After an error the old file stays in use.
func (f *File) Reopen() error {
	file, err := open(f.path)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return file.Close()
	}
	old := f.file
	f.file = file
	return old.Close()
}

// Dropped returns the number of failed writes.
func (f *File) Dropped() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dropped
}

// Close closes the file. Later lines are dropped.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	old := f.file
	f.file = nil
	return old.Close()
}
