package client

// WantErr is for the tests of package client_test.
var WantErr = wantErr
