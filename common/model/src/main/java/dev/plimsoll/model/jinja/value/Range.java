package dev.plimsoll.model.jinja.value;

import java.util.AbstractList;
import java.util.List;

/** Whole numbers from {@code start} to {@code stop}, which is not among them. */
public record Range(long start, long stop, long step) {

    public long size() {
        if (step > 0 ? start >= stop : start <= stop) {
            return 0;
        }
        long width = step > 0 ? stop - start : start - stop;
        return (width - 1) / Math.abs(step) + 1;
    }

    public List<Object> items() {
        int size = (int) size();
        return new AbstractList<>() {
            @Override
            public Object get(int index) {
                return start + index * step;
            }

            @Override
            public int size() {
                return size;
            }
        };
    }
}
