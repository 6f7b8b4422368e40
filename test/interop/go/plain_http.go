package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// post sends a token to an endpoint that x/oauth2 has no function for, and reads the answer into `into`.
func (a *app) post(ctx context.Context, endpoint, token string, into any) (int, error) {
	form := strings.NewReader(url.Values{"token": {token}}.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, form)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// RFC 6749 2.3.1: both are form-encoded before they become Basic.
	request.SetBasicAuth(url.QueryEscape(a.ClientID), url.QueryEscape(a.ClientSecret))
	return answer(ctx, request, into)
}

// send speaks JSON, as registration does (RFC 7591, RFC 7592).
func (a *app) send(ctx context.Context, method, endpoint, token string, body, into any) (int, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, method, endpoint, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return answer(ctx, request, into)
}

func answer(ctx context.Context, request *http.Request, into any) (int, error) {
	response, err := ctx.Value(oauth2.HTTPClient).(*http.Client).Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<16))
		return 0, fmt.Errorf("%s answered %s: %s", request.URL.Path, response.Status, text)
	}
	if into == nil {
		return response.StatusCode, nil
	}
	return response.StatusCode, json.NewDecoder(response.Body).Decode(into)
}
