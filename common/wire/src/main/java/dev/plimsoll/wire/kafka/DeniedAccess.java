package dev.plimsoll.wire.kafka;

import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;

import java.util.Optional;
import java.util.TreeSet;

/** Says in one sentence what the broker does not allow. */
public final class DeniedAccess {

    private static final String REMEDY =
            "; whoever administers the broker can allow it, and `plimsoll access` lists what each "
                    + "party of a run needs";

    private DeniedAccess() {}

    /** Empty when nothing among the causes says that something is not allowed. */
    public static Optional<String> sentence(Throwable failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof AuthorizationException denied) {
                return Optional.of("the broker does not let this user " + what(denied) + REMEDY);
            }
        }
        return Optional.empty();
    }

    private static String what(AuthorizationException denied) {
        return switch (denied) {
            case TopicAuthorizationException topics
            when !topics.unauthorizedTopics().isEmpty() ->
                "use topic " + String.join(", ", new TreeSet<>(topics.unauthorizedTopics()))
                        + " in this way";
            case GroupAuthorizationException group
            when group.groupId() != null -> "use consumer group " + group.groupId();
            case TransactionalIdAuthorizationException _ ->
                "write transactions under its transactional id";
            case ClusterAuthorizationException _ -> "do this to the cluster";
            default -> "do this (" + denied.getMessage() + ")";
        };
    }
}
