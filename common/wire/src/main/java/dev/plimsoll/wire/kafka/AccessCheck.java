package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.access.Access;
import dev.plimsoll.wire.access.Grant;
import dev.plimsoll.wire.access.Operation;
import dev.plimsoll.wire.access.Party;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/**
 * Asks the broker, before anything is begun, whether this client's user may do all that a party of
 * a run does. A broker without ACLs allows everything.
 */
public final class AccessCheck {

    private final Admin admin;

    private AccessCheck(Admin admin) {
        this.admin = admin;
    }

    /**
     * Throws {@link BrokerProblem} with one sentence about the first right that is missing. Topics
     * that do not exist are passed over, and so is the right to create them.
     */
    public static void require(Admin admin, Topics topics, Collection<Party> parties) {
        Map<Party, List<Grant>> table = Access.of(topics);
        for (Party party : parties) {
            new AccessCheck(admin).require(party, table.get(party));
        }
    }

    private void require(Party party, List<Grant> grants) {
        Map<String, KafkaFuture<TopicDescription>> described = admin.describeTopics(
                        grants.stream()
                                .filter(grant -> grant.kind() == Grant.Kind.TOPIC)
                                .map(Grant::name)
                                .toList(),
                        new DescribeTopicsOptions().includeAuthorizedOperations(true))
                .topicNameValues();
        for (Grant grant : grants) {
            missing(grant, described).ifPresent(operation -> {
                throw new BrokerProblem(grant.refusal(party, operation), null);
            });
        }
    }

    private Optional<Operation> missing(
            Grant grant, Map<String, KafkaFuture<TopicDescription>> described) {
        return switch (grant.kind()) {
            case TOPIC -> missing(grant, described.get(grant.name()));
            case GROUP ->
                unless(
                        isAllowed(
                                admin.describeConsumerGroups(List.of(example(grant)))
                                        .all(),
                                GroupIdNotFoundException.class),
                        grant);
            case TRANSACTIONAL_ID ->
                unless(
                        isAllowed(
                                admin.describeTransactions(List.of(example(grant)))
                                        .all(),
                                TransactionalIdNotFoundException.class),
                        grant);
        };
    }

    private static Optional<Operation> unless(boolean allowed, Grant grant) {
        return allowed ? Optional.empty() : Optional.of(grant.operations().first());
    }

    /** One of those of which the grant speaks. */
    private static String example(Grant grant) {
        return grant.prefixed() ? grant.name() + "0" : grant.name();
    }

    private static Optional<Operation> missing(Grant grant, KafkaFuture<TopicDescription> topic) {
        Set<Operation> asked = EnumSet.copyOf(grant.operations());
        asked.remove(Operation.CREATE);
        try {
            Set<AclOperation> allowed = topic.get().authorizedOperations();
            return asked.stream()
                    // a broker from before it could say so says nothing
                    .filter(operation -> allowed != null && !allowed.contains(kafkas(operation)))
                    .findFirst();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return Optional.empty();
            }
            if (e.getCause() instanceof AuthorizationException) {
                return asked.stream().findFirst();
            }
            throw problem(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** What is allowed is answered, or is not there. */
    private static boolean isAllowed(KafkaFuture<?> answer, Class<? extends Exception> isNotThere) {
        try {
            answer.get();
            return true;
        } catch (ExecutionException e) {
            if (isNotThere.isInstance(e.getCause())) {
                return true;
            }
            if (e.getCause() instanceof AuthorizationException) {
                return false;
            }
            throw problem(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static AclOperation kafkas(Operation operation) {
        return AclOperation.valueOf(operation.name());
    }

    private static BrokerProblem problem(ExecutionException e) {
        return new BrokerProblem(
                "the broker does not say what it lets this user do: "
                        + e.getCause().getMessage(),
                e);
    }

    private static BrokerProblem interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new BrokerProblem("interrupted while the broker was asked what it allows", e);
    }
}
