package result

import (
	"strings"
	"testing"
)

func TestLoaded(t *testing.T) {
	for _, c := range []struct {
		m    Machine
		says []string
	}{
		{Machine{Cores: 2, Load: "0.40"}, nil},
		{Machine{Cores: 2, Load: ""}, nil},
		{Machine{Cores: 2, Load: "1.90"}, []string{"LOADED", "1.90 on 2 cores"}},
		{Machine{Cores: 64, Load: "1.90"}, nil},
		{Machine{Cores: 2, Load: "0.01", Steal: 0.3}, []string{"LOADED", "took 30%"}},
	} {
		got := c.m.Loaded()
		for _, want := range c.says {
			if !strings.Contains(got, want) {
				t.Errorf("%+v says %q, without %q", c.m, got, want)
			}
		}
		if c.says == nil && got != "" {
			t.Errorf("%+v says %q", c.m, got)
		}
	}
	if got := steal("cpu  10 0 10 70 0 0 0 10 5 5"); got != 0.1 {
		t.Errorf("a tenth is stolen, it says %v", got)
	}
	if steal("cpu 1 2") != 0 || steal("") != 0 {
		t.Error("something is stolen of nothing")
	}
}
