package dev.plimsoll.production;

import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The broker's own authorizer, which also remembers what it was asked. */
public final class RecordingAuthorizer extends StandardAuthorizer {

    /** Of all brokers of this process. */
    private static final Set<Asked> ASKED = ConcurrentHashMap.newKeySet();

    /** @param user by name */
    record Asked(
            String user, ResourceType type, String name, AclOperation operation, boolean allowed) {}

    /** What the brokers of other tests in this process were asked does not count. */
    static void forget() {
        ASKED.clear();
    }

    static Set<Asked> asked() {
        return Set.copyOf(ASKED);
    }

    @Override
    public List<AuthorizationResult> authorize(
            AuthorizableRequestContext context, List<Action> actions) {
        List<AuthorizationResult> results = super.authorize(context, actions);
        for (int i = 0; i < actions.size(); i++) {
            Action action = actions.get(i);
            // who only asks what would be allowed does not use it
            if (action.logIfAllowed() || action.logIfDenied()) {
                ASKED.add(new Asked(
                        context.principal().getName(),
                        action.resourcePattern().resourceType(),
                        action.resourcePattern().name(),
                        action.operation(),
                        results.get(i) == AuthorizationResult.ALLOWED));
            }
        }
        return results;
    }
}
