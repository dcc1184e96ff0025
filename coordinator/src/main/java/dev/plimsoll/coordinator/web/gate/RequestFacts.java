package dev.plimsoll.coordinator.web.gate;

import java.util.List;
import java.util.Optional;

/**
 * What of a request decides whether it is let in.
 *
 * @param target as it was sent, with its query
 * @param hosts every header Host, or the authority of HTTP/2
 * @param origins every header Origin
 * @param authorizations every header Authorization
 * @param fetchSite the header Sec-Fetch-Site, by which a browser says whose page asks
 * @param upgrade the header Upgrade
 * @param bodyBytes by the header Content-Length; empty without one
 * @param chunked whether the body's length is not told beforehand
 * @param address of who asks
 */
record RequestFacts(
        String method,
        String target,
        List<String> hosts,
        List<String> origins,
        List<String> authorizations,
        Optional<String> fetchSite,
        Optional<String> upgrade,
        Optional<String> bodyBytes,
        boolean chunked,
        String address) {

    String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    boolean changes() {
        return !method.equals("GET") && !method.equals("HEAD");
    }
}
