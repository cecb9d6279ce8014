import { Admin } from './admin.js';
import { Calculator, Calculator2, Calculator10 } from './calculator.js';
import { Catalog } from './catalog.js';
import { Echo } from './echo.js';
import { Events } from './events.js';
import { Factory } from './factory.js';
import { StreamService } from './stream.js';
import { Users } from './users.js';

/** New instances of the services that every fixture offers. Their order decides what HTTP finds without a version. */
export function createConformanceServices(): object[] {
  const calculators = [new Calculator(), new Calculator10(), new Calculator2()];
  const data = [new Users(), new StreamService(), new Echo(), new Factory(), new Catalog()];
  return [...calculators, ...data, new Admin(), new Events()];
}
