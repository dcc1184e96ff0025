package dev.plimsoll.coordinator.web.live;

import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.smallrye.mutiny.Uni;

import jakarta.enterprise.context.ApplicationScoped;

import java.net.URI;

/**
 * Lets only pages of this process listen: a browser opens a WebSocket for any page, and says in
 * Origin whose it is. Who is no browser says nothing.
 */
@ApplicationScoped
public class OwnPages implements HttpUpgradeCheck {

    private static final int FORBIDDEN = 403;

    @Override
    public Uni<CheckResult> perform(HttpUpgradeContext context) {
        String origin = context.httpRequest().getHeader("Origin");
        var authority = context.httpRequest().authority();
        String host = authority == null ? "" : authority.toString();
        return isOwn(origin, host)
                ? CheckResult.permitUpgrade()
                : CheckResult.rejectUpgrade(FORBIDDEN);
    }

    static boolean isOwn(String origin, String host) {
        try {
            return origin == null || host.equalsIgnoreCase(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
