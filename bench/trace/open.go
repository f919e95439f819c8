package trace

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// headSize is how much of a trace's beginning tells its format.
const headSize = 64 << 10

// Open opens the trace in a file, of the format with the given name; "" finds out which it is. Close must be called.
func Open(path, format string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r := &Reader{changes: map[string]int64{}, close: []func() error{f.Close}}
	in, err := r.decompress(f)
	if err == nil {
		err = r.begin(in, format)
	}
	if err != nil {
		r.Close() //nolint:errcheck // only read from
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// mostWindow bounds what the decompression of a zstd file may take.
const mostWindow = 128 << 20

// decompress returns the content of f, whose first bytes say how it is compressed.
func (r *Reader) decompress(f io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(f, 256<<10)
	magic, _ := in.Peek(6) // an error comes again with the first read
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		return z, said("gzip", err)
	case bytes.HasPrefix(magic, []byte("\xfd7zXZ\x00")):
		z, err := xz.ReaderConfig{DictCap: 1 << 20}.NewReader(in)
		return z, said("xz", err)
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(mostWindow))
		if err != nil {
			return nil, said("zstd", err)
		}
		r.close = append(r.close, func() error { z.Close(); return nil })
		return z, nil
	}
	return in, nil
}

func said(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("decompress %s: %w", what, err)
}

// begin finds out the format, unless it is given, and makes its source.
func (r *Reader) begin(in io.Reader, name string) error {
	b := bufio.NewReaderSize(in, headSize)
	head, err := b.Peek(headSize)
	whole := err == io.EOF
	if err != nil && !whole {
		return fmt.Errorf("read the beginning: %w", err)
	}
	if len(head) == 0 {
		return fmt.Errorf("the trace is empty")
	}
	if name == "" {
		if name, err = detect(head, whole); err != nil {
			return err
		}
	}
	for _, f := range formats {
		if f.Name == name {
			r.format = f.Format
			r.source, err = f.open(r, b)
			return err
		}
	}
	return fmt.Errorf("no format is called %q; there are %s", name, names())
}
