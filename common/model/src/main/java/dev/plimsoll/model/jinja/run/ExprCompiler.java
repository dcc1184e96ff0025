package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.ops.Attributes;
import dev.plimsoll.model.jinja.ops.Operators;
import dev.plimsoll.model.jinja.parse.Expr;
import dev.plimsoll.model.jinja.value.Dict;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Missing;
import dev.plimsoll.model.jinja.value.Py;
import dev.plimsoll.model.jinja.value.Repr;
import dev.plimsoll.model.jinja.value.Seq;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;
import dev.plimsoll.model.jinja.value.Undef;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes code of expressions. */
final class ExprCompiler {

    private ExprCompiler() {}

    static Code code(Expr expression, Frame frame) {
        return switch (expression) {
            case Expr.Const constant -> {
                Object value = constant.value();
                yield scope -> value;
            }
            case Expr.Name name -> name(name, frame);
            case Expr.SpaceRef reference ->
                throw new Failure(
                        Failure.Kind.SYNTAX, reference.line(), "a place to assign to is read");
            case Expr.TupleOf tuple -> sequence(tuple.items(), frame, true);
            case Expr.ListOf list -> sequence(list.items(), frame, false);
            case Expr.DictOf dict -> dictionary(dict, frame);
            case Expr.Unary unary -> {
                Code operand = code(unary.operand(), frame);
                yield unary.operator().equals("not")
                        ? scope -> !Py.truth(operand.eval(scope))
                        : scope -> Operators.unary(
                                unary.operator(), operand.eval(scope), scope.state.budget);
            }
            case Expr.Binary binary -> binary(binary, frame);
            case Expr.Concat concat -> concat(concat, frame);
            case Expr.Compare compare -> compare(compare, frame);
            case Expr.Cond cond -> conditional(cond, frame.underCondition());
            case Expr.Attr attr -> {
                Code of = code(attr.of(), frame);
                String name = attr.name();
                yield at(
                        attr.line(),
                        scope -> Attributes.attribute(of.eval(scope), name, scope.state.budget));
            }
            case Expr.Item item -> item(item, frame);
            case Expr.Slice slice ->
                throw new Failure(
                        Failure.Kind.SYNTAX, slice.line(), "a slice stands outside of brackets");
            case Expr.Call call -> CallCompiler.call(call, frame, null);
            case Expr.Filter filter -> CallCompiler.filter(filter, code(filter.of(), frame), frame);
            case Expr.Test test -> CallCompiler.test(test, frame);
        };
    }

    /** Errors that have no line get this one. */
    static Code at(int line, Code code) {
        return scope -> {
            try {
                return code.eval(scope);
            } catch (Failure failure) {
                throw failure.at(line);
            }
        };
    }

    static Code[] codes(List<Expr> expressions, Frame frame) {
        return expressions.stream().map(each -> code(each, frame)).toArray(Code[]::new);
    }

    static Object[] values(Code[] codes, Scope scope) {
        Object[] values = new Object[codes.length];
        for (int i = 0; i < codes.length; i++) {
            values[i] = codes[i].eval(scope);
        }
        return values;
    }

    static Symbols.Ref ref(String name, int line, Frame frame) {
        Symbols.Ref ref = frame.symbols().find(name);
        if (ref == null) {
            throw new Failure(
                    Failure.Kind.SYNTAX, line, "'" + name + "' cannot be used in this place");
        }
        return ref;
    }

    private static Code name(Expr.Name name, Frame frame) {
        Symbols.Ref ref = ref(name.name(), name.line(), frame);
        int hops = ref.hops();
        int slot = ref.slot();
        String text = name.name();
        return scope -> {
            Object value = scope.up(hops).values[slot];
            return value == Missing.MISSING ? Undef.name(text) : value;
        };
    }

    private static Code sequence(List<Expr> items, Frame frame, boolean tuple) {
        Code[] codes = codes(items, frame);
        return scope -> {
            scope.state.budget.elements(codes.length);
            List<Object> values = Arrays.asList(values(codes, scope));
            return tuple ? Seq.tuple(values) : Seq.list(values);
        };
    }

    private static Code dictionary(Expr.DictOf dict, Frame frame) {
        Code[] keys = codes(dict.keys(), frame);
        Code[] values = codes(dict.values(), frame);
        return at(dict.line(), scope -> {
            scope.state.budget.elements(keys.length);
            Dict made = new Dict();
            for (int i = 0; i < keys.length; i++) {
                made.put(keys[i].eval(scope), values[i].eval(scope));
            }
            return made;
        });
    }

    private static Code binary(Expr.Binary binary, Frame frame) {
        if (binary.operator().equals("**") && signAppliesLast(binary)) {
            Expr.Unary negative = (Expr.Unary) binary.left();
            int line = binary.line();
            Expr power = new Expr.Binary(line, "**", negative.operand(), binary.right());
            return code(new Expr.Unary(line, "-", power), frame);
        }
        Code left = code(binary.left(), frame);
        Code right = code(binary.right(), frame);
        String operator = binary.operator();
        return switch (operator) {
            case "and" ->
                scope -> {
                    scope.state.budget.step();
                    Object first = left.eval(scope);
                    return Py.truth(first) ? right.eval(scope) : first;
                };
            case "or" ->
                scope -> {
                    scope.state.budget.step();
                    Object first = left.eval(scope);
                    return Py.truth(first) ? first : right.eval(scope);
                };
            default ->
                at(binary.line(), scope -> {
                    scope.state.budget.step();
                    return Operators.binary(
                            operator, left.eval(scope), right.eval(scope), scope.state.budget);
                });
        };
    }

    /**
     * In Jinja a minus binds tighter than a power: {@code -2 ** 2} is 4. But it writes a negative
     * number into Python's code without brackets, where a power binds tighter, and so {@code -2 **
     * n} is minus four.
     */
    private static boolean signAppliesLast(Expr.Binary power) {
        return power.left() instanceof Expr.Unary unary
                && unary.operator().equals("-")
                && unary.operand() instanceof Expr.Const
                && !(power.right() instanceof Expr.Const
                        || power.right() instanceof Expr.Unary right
                                && right.operand() instanceof Expr.Const);
    }

    private static Code concat(Expr.Concat concat, Frame frame) {
        Code[] parts = codes(concat.parts(), frame);
        return at(concat.line(), scope -> {
            Object[] values = values(parts, scope);
            StrBuilder out = new StrBuilder(scope.state.budget);
            for (Object value : values) {
                out.append(Repr.str(value, scope.state.budget));
            }
            return out.build();
        });
    }

    private static Code compare(Expr.Compare compare, Frame frame) {
        Code first = code(compare.first(), frame);
        Code[] others = codes(compare.others(), frame);
        String[] operators = compare.operators().toArray(String[]::new);
        return at(compare.line(), scope -> {
            Object left = first.eval(scope);
            for (int i = 0; i < others.length; i++) {
                scope.state.budget.step();
                Object right = others[i].eval(scope);
                if (!Operators.compare(operators[i], left, right, scope.state.budget)) {
                    return false;
                }
                left = right;
            }
            return true;
        });
    }

    private static Code conditional(Expr.Cond cond, Frame frame) {
        Code test = code(cond.test(), frame);
        Code then = code(cond.then(), frame);
        Code otherwise = cond.otherwise() == null
                ? scope -> new Undef("the condition without 'else' does not hold")
                : code(cond.otherwise(), frame);
        return scope -> {
            scope.state.budget.step();
            return Py.truth(test.eval(scope)) ? then.eval(scope) : otherwise.eval(scope);
        };
    }

    private static Code item(Expr.Item item, Frame frame) {
        Code of = code(item.of(), frame);
        if (item.index() instanceof Expr.Slice slice) {
            List<Code> bounds = new ArrayList<>();
            for (Expr bound : Arrays.asList(slice.start(), slice.stop(), slice.step())) {
                bounds.add(bound == null ? scope -> null : code(bound, frame));
            }
            return at(
                    item.line(),
                    scope -> Operators.slice(
                            of.eval(scope),
                            bounds.get(0).eval(scope),
                            bounds.get(1).eval(scope),
                            bounds.get(2).eval(scope),
                            scope.state.budget));
        }
        Code index = code(item.index(), frame);
        return at(
                item.line(),
                scope -> Attributes.item(of.eval(scope), index.eval(scope), scope.state.budget));
    }

    /** What of a value must be a string already, as that of a macro. */
    static Str string(Object value, String what) {
        if (value instanceof Str str) {
            return str;
        }
        throw Failure.type(what + " does not give a string");
    }
}
