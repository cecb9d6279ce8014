import { describe, expect, it } from 'vitest';
import { Public, Service } from './decorators.js';
import { Registry } from './registry.js';
import { uuidV7 } from './uuid.js';
import { compareVersions } from './version.js';

@Service('team.members@1.0.0')
class Base {
  @Public()
  base(): string {
    return 'base';
  }
}

@Service('team.members@1.10.0')
class Derived extends Base {
  override base(): string {
    return 'derived';
  }

  @Public()
  own(): string {
    return 'own';
  }
}

@Service('team.members@1.9.0-rc.1')
class Candidate {}

describe('Registry', () => {
  const registry = new Registry([new Base(), new Derived(), new Candidate()]);

  it('finds by exact name, by last registration and by highest version', () => {
    expect(registry.exact('team.members')).toBeUndefined();
    expect(registry.exact('team.members@1.0.0')?.version).toBe('1.0.0');
    expect(registry.latestRegistered('team.members')?.version).toBe('1.9.0-rc.1');
    expect(registry.highestVersion('team.members')?.version).toBe('1.10.0');
    expect(registry.highestVersion('team.members@2.0.0')).toBeUndefined();
  });

  it('finds by id in either case', () => {
    const service = registry.exact('team.members@1.0.0');
    expect(registry.byId((service?.id ?? '').toUpperCase())).toBe(service);
  });

  it('exposes what the class and its bases have marked', () => {
    const base = registry.exact('team.members@1.0.0');
    const derived = registry.exact('team.members@1.10.0');
    expect([...(base?.methods.keys() ?? [])]).toEqual(['base']);
    expect([...(derived?.methods.keys() ?? [])]).toEqual(['base', 'own']);
    expect(derived?.methods.get('base')?.call([])).toBe('derived');
  });
});

describe('compareVersions', () => {
  it('orders as semver does', () => {
    const ordered = ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0'];
    const all = ['', ...ordered, '1.2.0', '1.10.0', '2.0.0', '10.0.0'];
    expect([...all].reverse().sort(compareVersions)).toEqual(all);
    expect(compareVersions('1.0.0+a', '1.0.0+b')).toBe(0);
  });
});

describe('uuidV7', () => {
  it('carries its time, version and variant', () => {
    expect(uuidV7(0x0123456789ab)).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
