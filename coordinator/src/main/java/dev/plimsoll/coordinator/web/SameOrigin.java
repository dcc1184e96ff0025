package dev.plimsoll.coordinator.web;

import jakarta.ws.rs.ForbiddenException;

/**
 * A browser names the page that asks in Origin: pages of other hosts are refused, or any site could
 * change a run through the browser of who watches it.
 */
final class SameOrigin {

    private SameOrigin() {}

    /** Throws ForbiddenException when a page of another host asks. */
    static void require(String origin, String host) {
        if (origin != null
                && !origin.equals("http://" + host)
                && !origin.equals("https://" + host)) {
            throw new ForbiddenException("a page of " + origin + " may not change this run");
        }
    }
}
