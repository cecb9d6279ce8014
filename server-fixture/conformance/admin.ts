import { Public, Service } from '../exposure/decorators.js';

@Service('admin@1.0.0')
export class Admin {
  @Public({ auth: { roles: ['admin'] } })
  secret(): string {
    return 'top-secret';
  }

  @Public({ auth: true })
  me(): string {
    return 'me';
  }

  @Public()
  open(): string {
    return 'open';
  }
}
