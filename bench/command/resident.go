package command

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// calibrated are schemes in which memory= of a cache in this process means resident memory. It is measured in a process of
// its own, which this program starts.
func calibrated(schemes sut.Schemes) sut.Schemes {
	c := &sut.Calibrator{Measure: residentOf}
	all := sut.Schemes{}
	for name, open := range schemes {
		if strings.HasPrefix(name, "inproc:") {
			open = c.Opener(name, open)
		}
		all[name] = open
	}
	return all
}

func residentOf(ctx context.Context, u string, o sut.Options) (int64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, self, "resident", u, "--bytes", fmt.Sprintf("%.0f", o.Mean), "--keys", fmt.Sprint(o.Keys)).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
}

// residentCommand is for residentOf.
func (a *app) residentCommand() *cobra.Command {
	var size int
	var keys uint64
	c := &cobra.Command{
		Use:    "resident TARGET",
		Short:  "Fill a cache in this process by requests until it is full, and print by how much the process has grown",
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE: func(c *cobra.Command, args []string) error {
			grown, err := resident(c.Context(), a.schemes, args[0], size, keys)
			if err == nil {
				_, err = fmt.Fprintln(a.out, grown)
			}
			return err
		},
	}
	c.Flags().IntVar(&size, "bytes", 48, "of a key and its value, together")
	c.Flags().Uint64Var(&keys, "keys", 1_000_000, "how many there may be, for caches that want to know")
	return c
}

// resident uses a cache as a program would that reads first and sets what it has missed.
func resident(ctx context.Context, schemes sut.Schemes, u string, size int, most uint64) (int64, error) {
	const keySize = 16
	_, query, _ := strings.Cut(u, "bound=")
	bound, err := strconv.Atoi(query)
	if err != nil {
		return 0, fmt.Errorf("%s has no bound", u)
	}
	debug.FreeOSMemory()
	empty, err := sut.Resident(os.Getpid())
	if err != nil {
		return 0, err
	}
	t, err := schemes.Open(ctx, u, sut.Options{Keys: most, Mean: float64(size)})
	if err != nil {
		return 0, err
	}
	keys := 2*bound/size + 1000 // more than fit
	value, into := make([]byte, max(size-keySize, 0)), make([]byte, 0, size)
	var name []byte
	draw := rand.New(rand.NewPCG(1, 1))
	for range 3 * keys {
		if ctx.Err() != nil {
			break
		}
		name = strconv.AppendInt(name[:0], int64(1e15)+int64(draw.IntN(keys)), 10) // of 16 bytes
		key := string(name)
		_, found, err := t.Caller.Get(ctx, key, into[:0])
		if err == nil && !found {
			err = t.Caller.Set(ctx, key, value, 0)
		}
		if err != nil {
			return 0, err
		}
	}
	full, err := sut.Resident(os.Getpid())
	if err != nil {
		return 0, err
	}
	return full - empty, t.Close()
}
