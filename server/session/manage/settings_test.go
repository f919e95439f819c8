package manage

import "testing"

// TestMeaning checks that no setting is listed among Redis's options that have no meaning here.
func TestMeaning(t *testing.T) {
	for _, s := range settings {
		if meaningless(s.name) {
			t.Errorf("%s has a meaning and none", s.name)
		}
	}
}
