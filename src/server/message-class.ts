/**
 * A class that makes what `Base` makes, with the prototype that its messages are to have in the end. V8 takes long to give an object another prototype than
 * the one it was made with: 70 µs a request on Node 22, 3 to 5 µs on 24 and 26; given the one it has, it does nothing.
 */
export function messageClass(Base: Function, prototype: object): Function {
  function Message(...given: unknown[]): object {
    return Reflect.construct(Base, given, Message) as object;
  }
  Message.prototype = prototype;
  // V8 counts the fields of the constructors that this one inherits from, to make room for them in the object itself.
  return Object.setPrototypeOf(Message, Base) as Function;
}
