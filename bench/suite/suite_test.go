package suite

import (
	"slices"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// Each of the project's claims has its runs, in both the full and the quick suite.
func TestJobsCoverWhatIsClaimed(t *testing.T) {
	for _, quick := range []bool{false, true} {
		jobs := Jobs(Options{Quick: quick, Peers: true, Seed: 7})
		seen := map[string]bool{}
		for _, j := range jobs {
			if name := j.Section + "/" + j.Name; seen[name] {
				t.Errorf("two runs are called %s", name)
			} else {
				seen[name] = true
			}
			if err := j.Plan.Check(); err != nil {
				t.Errorf("%s: %v", j.Name, err)
			}
			if _, err := workload.Compile(j.Spec, j.Seed); err != nil {
				t.Errorf("%s: %v", j.Name, err)
			}
			if j.Seed != 7 || j.Rounds < 1 || !isOurs(j.Targets[0]) {
				t.Errorf("%s: seed %d, %d rounds, first target %s", j.Name, j.Seed, j.Rounds, j.Targets[0])
			}
			if j.Section != "Beyond the limit" && !slices.ContainsFunc(j.Targets, func(u string) bool { return !isOurs(u) }) {
				t.Errorf("%s has no peer: %v", j.Name, j.Targets)
			}
		}
		for _, want := range []string{"Reads by depth", "Reads by number of keys", "Value sizes", "Beyond the limit", "Writes and mixes", "Latency at a given rate",
			"Replication on", "Go clients", "Caches in the process: throughput", "Caches in the process: hit ratio", "Caches in the process: memory"} {
			if !slices.ContainsFunc(jobs, func(j *Job) bool { return j.Section == want }) {
				t.Errorf("quick %v: no run is about %s", quick, want)
			}
		}
	}
}

func isOurs(u string) bool {
	return strings.HasPrefix(u, Ours) || strings.HasPrefix(u, "inproc:lru") || strings.HasPrefix(u, "client:")
}

func TestOnlyAndPeersChooseJobs(t *testing.T) {
	if n := len(Jobs(Options{Only: "Reads by depth"})); n != 3 {
		t.Errorf("%d runs by depth", n)
	}
	if n := len(Jobs(Options{Only: "Value sizes/90% GET, values of 64.0 KB"})); n != 1 {
		t.Errorf("%d runs of that name", n)
	}
	if n := len(Jobs(Options{Only: "no such thing"})); n != 0 {
		t.Errorf("%d runs of no such name", n)
	}
	for _, j := range Jobs(Options{}) {
		for _, u := range j.Targets {
			if strings.Contains(u, "otter") || strings.Contains(u, "rueidis") {
				t.Errorf("%s wants %s, which this build does not have", j.Name, u)
			}
		}
	}
}
