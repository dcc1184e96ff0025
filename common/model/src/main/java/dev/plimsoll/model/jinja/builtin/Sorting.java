package dev.plimsoll.model.jinja.builtin;

import dev.plimsoll.model.jinja.value.Py;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/** A stable sort that asks only {@code <}, so that it bears values without a full order. */
final class Sorting {

    private record Keyed(Object key, Object item) {}

    private Sorting() {}

    static List<Object> sorted(
            List<Object> items, UnaryOperator<Object> key, boolean reverse, Env env) {
        List<Keyed> keyed = new ArrayList<>();
        items.forEach(item -> keyed.add(new Keyed(key.apply(item), item)));
        if (reverse) {
            Collections.reverse(keyed);
        }
        List<Keyed> sorted = merge(keyed, env);
        if (reverse) {
            Collections.reverse(sorted);
        }
        List<Object> result = new ArrayList<>();
        sorted.forEach(each -> result.add(each.item()));
        return result;
    }

    private static List<Keyed> merge(List<Keyed> items, Env env) {
        if (items.size() < 2) {
            return new ArrayList<>(items);
        }
        List<Keyed> left = merge(items.subList(0, items.size() / 2), env);
        List<Keyed> right = merge(items.subList(items.size() / 2, items.size()), env);
        List<Keyed> merged = new ArrayList<>(items.size());
        int i = 0;
        int j = 0;
        while (i < left.size() && j < right.size()) {
            boolean later = Py.ordered(right.get(j).key(), "<", left.get(i).key(), env.budget());
            merged.add(later ? right.get(j++) : left.get(i++));
        }
        merged.addAll(left.subList(i, left.size()));
        merged.addAll(right.subList(j, right.size()));
        return merged;
    }
}
