package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
)

// maxLine is the longest line that is taken from a pipe: the largest item, each byte
// of it written as \xHH, fits.
const maxLine = 512 << 10

// lines executes one command per line. Lines that are empty or begin with # are
// left out. The status is the highest of all commands'.
func (s *session) lines(ctx context.Context, in io.Reader) int {
	s.input = func() (io.Reader, error) { return nil, &usageError{errInput.Error()} }
	r := bufio.NewReaderSize(in, maxLine)
	status := ExitDone
	for number := 1; !s.ended && ctx.Err() == nil; number++ {
		line, err := r.ReadSlice('\n')
		s.out.lazy = r.Buffered() > 0
		if errors.Is(err, bufio.ErrBufferFull) {
			return max(s.fail(usagef("line %d: it has more than %d bytes", number, maxLine)), status)
		}
		if err != nil && err != io.EOF {
			return max(s.fail(usagef("line %d: reading standard input: %v", number, err)), status)
		}
		status = max(status, s.line(ctx, string(line), number))
		if err != nil {
			break
		}
	}
	if err := s.out.w.Flush(); err != nil {
		return max(s.fail(err), status)
	}
	return status
}

func (s *session) line(ctx context.Context, line string, number int) int {
	line = strings.TrimRight(line, "\r\n")
	if trimmed := strings.TrimLeft(line, " \t"); trimmed == "" || trimmed[0] == '#' {
		return ExitDone
	}
	words, err := shellwords.Split(line)
	if err != nil {
		return s.fail(usagef("line %d, %v", number, err))
	}
	return s.execute(ctx, words)
}
