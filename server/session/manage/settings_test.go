package manage

import "testing"

// TestMeaning checks that no setting is also listed as meaningless.
func TestMeaning(t *testing.T) {
	for _, s := range settings {
		if meaningless(s.name) {
			t.Errorf("%s is a setting and listed as meaningless", s.name)
		}
	}
}
