import { Public, Service } from '../exposure/decorators.js';

/** Not registered: clients get one from the factory, by reference. */
@Service('session@1.0.0')
export class Session {
  @Public()
  label = 'sess';
  #sum = 0;

  @Public()
  inc(by = 1): number {
    this.#sum += by;
    return this.#sum;
  }
}

@Service('factory@1.0.0')
export class Factory {
  @Public()
  title = 'factory-title';

  @Public()
  open(): Session {
    return new Session();
  }
}
