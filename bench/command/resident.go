package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
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

// residentWork is what the process that measures reads from its standard input.
type residentWork struct {
	Target string
	sut.Trial
}

func residentOf(ctx context.Context, u string, o sut.Options) (int64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	work, err := json.Marshal(&residentWork{u, *o.Trial})
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, self, "resident")
	cmd.Stdin = bytes.NewReader(work)
	out, err := cmd.Output()
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
	return &cobra.Command{
		Use:    "resident",
		Short:  "Make a short run on a cache in this process, and print the memory that it took",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(c *cobra.Command, _ []string) error {
			var work residentWork
			if err := json.NewDecoder(c.InOrStdin()).Decode(&work); err != nil {
				return fmt.Errorf("read the work: %w", err)
			}
			taken, err := resident(c.Context(), a.schemes, &work)
			if err == nil {
				_, err = fmt.Fprintln(a.out, taken)
			}
			return err
		},
	}
}

// resident makes the run that is to be calibrated, shortened, with all of its warming: some caches take more memory once
// they have evicted for a while.
func resident(ctx context.Context, schemes sut.Schemes, work *residentWork) (int64, error) {
	job := &runner.Job{Name: "resident", Spec: work.Spec, Seed: work.Seed, Targets: []string{work.Target}, Rounds: 1,
		Plan: load.Plan{Conns: work.Conns, Depth: work.Depth, Warmup: time.Millisecond, Duration: time.Second, Verify: load.VerifyOff, Timeout: time.Minute}}
	if work.Trace != nil {
		var err error
		if job.Trace, err = workload.OpenTrace(*work.Trace, work.Seed); err != nil {
			return 0, err
		}
		job.Plan.Duration = time.Hour
	}
	r := &runner.Runner{Schemes: schemes}
	run, err := r.Do(ctx, job)
	if err != nil {
		return 0, err
	}
	if len(run.Measured()) == 0 {
		return 0, errors.New("it answered nothing")
	}
	return run.Measured()[0].Rounds[0].Resident, nil
}
