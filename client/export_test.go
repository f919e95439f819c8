package client

// What tests of package client_test use of the others' helpers.
var (
	Within     = within
	WantErr    = wantErr
	Eventually = eventually
)
